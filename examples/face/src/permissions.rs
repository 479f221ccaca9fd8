//! What a caller may be allowed.

use palisade::{Roles, Scope, ScopeSet};

/// May compare pictures.
pub const COMPARE: Scope = Scope::from_static("compare");
/// May read the counts.
pub const READ_STATS: Scope = Scope::from_static("read_stats");
/// May read whom enforcing would refuse, addresses included.
pub const READ_MIGRATION: Scope = Scope::from_static("read_migration");
/// Everything.
pub const ALL: [Scope; 3] = [COMPARE, READ_STATS, READ_MIGRATION];

/// What roles of an identity provider mean: one that is called like a permission gives it.
#[must_use]
pub fn roles() -> Roles {
    Roles::new(ALL.map(|scope| (scope.to_string(), ScopeSet::of([scope]))))
}
