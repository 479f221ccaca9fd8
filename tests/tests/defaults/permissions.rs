//! What holds of permissions where nothing is said.

use palisade::{Permissions, Scope, ScopeSet};

const ADMIN: Scope = Scope::from_static("admin");
const READ: Scope = Scope::from_static("models:read");
const ALL: Scope = Scope::from_static("models:*");
const NONE: [Scope; 0] = [];

#[test]
fn permissions_imply_nothing() {
    let held = ScopeSet::of([ADMIN, ALL, Scope::from_static("*")]);
    for permissions in [Permissions::default(), Permissions::declare([ADMIN, READ]).build().unwrap()] {
        assert_eq!(permissions.expand(&held), held);
        assert_eq!(permissions.roles().iter().count(), 0);
    }
}

#[test]
fn wildcards_are_words_until_declared() {
    let declare = || Permissions::declare([ADMIN, READ]);
    let held = ScopeSet::of([ALL]);
    assert_eq!(declare().build().unwrap().expand(&held).to_string(), "models:*");
    let permissions = declare().wildcard("models:*").build().unwrap();
    assert_eq!(permissions.expand(&held).to_string(), "models:* models:read");
    assert!(declare().wildcard("tools:*").build().is_err());
}

#[test]
fn declared_permissions_are_512() {
    let names = |count: usize| (0..count).map(|at| format!("p{at}").parse::<Scope>().unwrap());
    assert!(Permissions::declare(names(Permissions::MAX_NAMES)).build().is_ok());
    assert!(Permissions::declare(names(Permissions::MAX_NAMES + 1)).build().is_err());
    assert_eq!(Permissions::MAX_NAMES, 512);
    let roles = |count: usize| {
        let all = Permissions::declare([READ]);
        (0..count).fold(all, |all, at| all.role(format!("r{at}"), NONE)).build()
    };
    assert!(roles(Permissions::MAX_ROLES).is_ok() && roles(Permissions::MAX_ROLES + 1).is_err());
}
