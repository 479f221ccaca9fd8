//! The law of [`UserStore`].

use super::sample::unique;
use crate::{
    login::{
        CanonicalName, MAX_USER_CHANGES, MAX_USER_PAGE, PasswordHash, User, UserChange, UserId, UserQuery,
        UserStore,
    },
    store_error::StoreErrorKind,
};
use palisade_core::UnixTime;
use std::collections::HashSet;

/// Makes a test of every law for one store of users.
///
/// `user_suite!(make)` calls `make()` for a [`UserStore`] in each test; stores may share what is behind them, because the tests draw
/// their names at random. `user_suite!(make, tokio::test)` awaits `make()`, under that test attribute. It stands in a module of its
/// own, in tests, with the features `login` and `suite`.
///
/// ```
/// mod memory {
///     palisade_jwt::user_suite!(palisade_jwt::login::MemoryUsers::new);
/// }
/// ```
#[macro_export]
macro_rules! user_suite {
    ($make:expr $(, $test:meta)?) => {
        $crate::user_suite!(@each ($make $(, $test)?)
            what_is_inserted_is_found_by_id_and_name
            who_is_not_there_is_none
            ids_and_names_are_unique
            a_name_in_another_spelling_is_taken
            updates_need_the_version_that_was_read
            names_can_be_changed_and_are_free_again
            deleting_needs_the_version_and_frees_the_name
            changes_are_made_together_or_not_at_all
            unchanged_users_are_conditions
            one_of_two_writers_wins
            wrong_changes_are_invalid
            pages_tell_each_user_once_and_in_order
        );
    };
    (@each ($make:expr) $($law:ident)*) => {
        $(#[test] fn $law() { $crate::suite::run($crate::suite::users::$law(&($make)())); })*
    };
    (@each ($make:expr, $test:meta) $($law:ident)*) => {
        $(#[$test] async fn $law() { $crate::suite::users::$law(&($make)().await).await; })*
    };
}

fn named(name: &str) -> User {
    let hash = PasswordHash::stored(
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$dGhpcyBpcyBubyByZWFsIHRhZyBhdCBhbGwu",
    );
    User::new(
        UserId::random().unwrap(),
        name.parse().unwrap(),
        hash,
        UnixTime::from_nanos(1_700_000_000_123_456_789),
    )
}

fn user() -> User {
    named(&format!("Ädä-{}", unique()))
}

/// Every field is set.
fn full() -> User {
    let mut user = user();
    user.email = Some("o'brien+\"x\"@example.com".parse().unwrap());
    user.roles = vec!["reader".parse().unwrap(), "Schlüssel-Rolle; -- 100 %".parse().unwrap()];
    user.permissions = "read_models write_models".parse().unwrap();
    user.plan = Some("pro".parse().unwrap());
    user.disabled = true;
    user.password = PasswordHash::stored("whatever was there, schön oder nicht");
    user.not_before = Some(UnixTime::from_nanos(1_700_000_001_000_000_001));
    user.narrowed = Some(UnixTime::from_nanos(1_700_000_002_000_000_003));
    user
}

async fn insert(store: &impl UserStore, user: &User) {
    store.write(vec![UserChange::Insert(user.clone())]).await.unwrap();
}

async fn read(store: &impl UserStore, id: &UserId) -> User {
    User::clone(&store.get(id).await.unwrap().unwrap())
}

async fn refused(store: &impl UserStore, changes: Vec<UserChange>) -> StoreErrorKind {
    store.write(changes).await.unwrap_err().kind()
}

fn with_plan(user: &User, plan: &str) -> User {
    User { plan: Some(plan.parse().unwrap()), ..user.clone() }
}

/// Every field comes back as it was, in whichever letters and to the nanosecond.
pub async fn what_is_inserted_is_found_by_id_and_name(store: &impl UserStore) {
    for user in [user(), full()] {
        insert(store, &user).await;
        assert_eq!(read(store, &user.id).await, user);
        let found = store.find(user.name.canonical()).await.unwrap().unwrap();
        assert_eq!(*found, user);
    }
}

/// A name and an id that are not there are no errors.
pub async fn who_is_not_there_is_none(store: &impl UserStore) {
    assert!(store.get(&UserId::random().unwrap()).await.unwrap().is_none());
    for name in [unique().as_str(), "", "'; DROP TABLE users; --", "%", "\0"] {
        assert!(store.find(&CanonicalName::of(name)).await.unwrap().is_none());
    }
}

/// A second user with an id or a name is refused, and the first stays.
pub async fn ids_and_names_are_unique(store: &impl UserStore) {
    let first = user();
    insert(store, &first).await;
    let same_id = User { id: first.id, ..user() };
    let same_name = User { name: first.name.clone(), ..user() };
    for second in [same_id, same_name.clone()] {
        assert_eq!(refused(store, vec![UserChange::Insert(second)]).await, StoreErrorKind::Conflict);
    }
    assert_eq!(read(store, &first.id).await, first);
    assert!(store.get(&same_name.id).await.unwrap().is_none());
}

/// Names are unique in the spelling that counts, and shown as they were given.
pub async fn a_name_in_another_spelling_is_taken(store: &impl UserStore) {
    let name = format!("Admin-{}", unique());
    let first = named(&name);
    insert(store, &first).await;
    for other in [name.to_lowercase(), name.to_uppercase(), name.replace("Admin", "ＡＤＭＩＮ")] {
        assert_eq!(refused(store, vec![UserChange::Insert(named(&other))]).await, StoreErrorKind::Conflict);
        let found = store.find(&CanonicalName::of(&other)).await.unwrap().unwrap();
        assert_eq!(found.name.as_str(), name);
    }
}

/// A change is admitted to the version that was read, and counts it up.
pub async fn updates_need_the_version_that_was_read(store: &impl UserStore) {
    let first = user();
    insert(store, &first).await;
    store.write(vec![UserChange::Update(with_plan(&first, "second"))]).await.unwrap();
    let second = read(store, &first.id).await;
    assert_eq!(second, User { version: first.version + 1, ..with_plan(&first, "second") });
    for version in [first.version, second.version + 1] {
        let stale = User { version, ..with_plan(&first, "third") };
        assert_eq!(refused(store, vec![UserChange::Update(stale)]).await, StoreErrorKind::Conflict);
    }
    assert_eq!(refused(store, vec![UserChange::Update(user())]).await, StoreErrorKind::Conflict);
    let all = User { id: first.id, version: second.version, ..full() };
    store.write(vec![UserChange::Update(all.clone())]).await.unwrap();
    assert_eq!(read(store, &first.id).await, User { version: second.version + 1, ..all });
}

/// A user who is called something else is found under the new name alone.
pub async fn names_can_be_changed_and_are_free_again(store: &impl UserStore) {
    let (first, other) = (user(), user());
    insert(store, &first).await;
    insert(store, &other).await;
    let taken = User { name: other.name.clone(), ..first.clone() };
    assert_eq!(refused(store, vec![UserChange::Update(taken)]).await, StoreErrorKind::Conflict);
    let renamed = User { name: user().name, ..first.clone() };
    store.write(vec![UserChange::Update(renamed.clone())]).await.unwrap();
    assert!(store.find(first.name.canonical()).await.unwrap().is_none());
    assert_eq!(store.find(renamed.name.canonical()).await.unwrap().unwrap().id, first.id);
    insert(store, &User { name: first.name.clone(), ..user() }).await;
}

/// Somebody who changed meanwhile is not deleted; somebody who is deleted is gone, and the name is free.
pub async fn deleting_needs_the_version_and_frees_the_name(store: &impl UserStore) {
    let user = user();
    insert(store, &user).await;
    let delete = |version| vec![UserChange::Delete { id: user.id, version }];
    assert_eq!(refused(store, delete(user.version + 1)).await, StoreErrorKind::Conflict);
    store.write(delete(user.version)).await.unwrap();
    assert!(store.get(&user.id).await.unwrap().is_none());
    assert!(store.find(user.name.canonical()).await.unwrap().is_none());
    assert_eq!(refused(store, delete(user.version)).await, StoreErrorKind::Conflict);
    insert(store, &user).await;
}

/// One change that cannot be made undoes the others, wherever it stands.
pub async fn changes_are_made_together_or_not_at_all(store: &impl UserStore) {
    let (kept, gone, new, twice) = (user(), user(), user(), user());
    for user in [&kept, &gone, &twice] {
        insert(store, user).await;
    }
    let mut changes = vec![
        UserChange::Update(with_plan(&kept, "changed")),
        UserChange::Delete { id: gone.id, version: gone.version },
        UserChange::Insert(new.clone()),
        UserChange::Insert(twice.clone()),
    ];
    for _ in 0..changes.len() {
        assert_eq!(refused(store, changes.clone()).await, StoreErrorKind::Conflict);
        assert_eq!((read(store, &kept.id).await, read(store, &gone.id).await), (kept.clone(), gone.clone()));
        assert!(store.get(&new.id).await.unwrap().is_none());
        assert!(store.find(new.name.canonical()).await.unwrap().is_none());
        changes.rotate_left(1);
    }
    changes.retain(|change| change.id() != twice.id);
    store.write(changes).await.unwrap();
    assert!(store.get(&gone.id).await.unwrap().is_none() && store.get(&new.id).await.unwrap().is_some());
}

/// A user who must not have changed is a condition for the other changes, and is not changed.
pub async fn unchanged_users_are_conditions(store: &impl UserStore) {
    let (target, witness) = (user(), user());
    insert(store, &target).await;
    insert(store, &witness).await;
    let on = |id, version| UserChange::Unchanged { id, version };
    for condition in [on(witness.id, witness.version + 1), on(UserId::random().unwrap(), 1)] {
        let changes = vec![UserChange::Delete { id: target.id, version: target.version }, condition];
        assert_eq!(refused(store, changes).await, StoreErrorKind::Conflict);
    }
    let delete = UserChange::Delete { id: target.id, version: target.version };
    store.write(vec![on(witness.id, witness.version), delete]).await.unwrap();
    assert_eq!(read(store, &witness.id).await, witness);
}

/// Of two changes that rest on one version, begun before either ended, exactly one is made.
pub async fn one_of_two_writers_wins(store: &impl UserStore) {
    for _ in 0..20 {
        let first = user();
        insert(store, &first).await;
        let one = store.write(vec![UserChange::Update(with_plan(&first, "one"))]);
        let other = store.write(vec![UserChange::Update(with_plan(&first, "other"))]);
        let (one, other) = (one.await, other.await);
        assert!(one.is_ok() != other.is_ok());
        let expected = if one.is_ok() { "one" } else { "other" };
        assert_eq!(read(store, &first.id).await.plan.unwrap().as_str(), expected);
    }
}

/// Too many changes, two of one user, and users beyond their bounds are refused as such.
pub async fn wrong_changes_are_invalid(store: &impl UserStore) {
    let many = (0..=MAX_USER_CHANGES).map(|_| UserChange::Insert(user())).collect();
    assert_eq!(refused(store, many).await, StoreErrorKind::Invalid);
    let twice = user();
    let changes = vec![UserChange::Insert(twice.clone()), UserChange::Insert(twice.clone())];
    assert_eq!(refused(store, changes).await, StoreErrorKind::Invalid);
    let mut wide = user();
    wide.roles = (0..33).map(|n| format!("role-{n}").parse().unwrap()).collect();
    assert_eq!(refused(store, vec![UserChange::Insert(wide)]).await, StoreErrorKind::Invalid);
    store.write(Vec::new()).await.unwrap();
    let most = (0..MAX_USER_CHANGES).map(|_| UserChange::Insert(user())).collect();
    store.write(most).await.unwrap();
}

/// Every user stands on exactly one page, by name in bytes, and no page is longer than it may be.
pub async fn pages_tell_each_user_once_and_in_order(store: &impl UserStore) {
    let mark = unique();
    let users: Vec<User> =
        ["b", "a", "Z", "ä", "0", "_"].iter().map(|start| named(&format!("{mark}{start}"))).collect();
    for user in &users {
        insert(store, user).await;
    }
    for limit in [0, 1, 4, MAX_USER_PAGE + 1] {
        let mut query = UserQuery::first(limit);
        query.after = Some(CanonicalName::of(&mark));
        let mut seen = Vec::new();
        // Stores may be shared: others may stand behind.
        while seen.len() < users.len() {
            let page = store.list(&query).await.unwrap();
            assert!(page.users.len() <= limit.clamp(1, MAX_USER_PAGE));
            assert!(
                page.next.is_none()
                    || page.next.as_ref() == page.users.last().map(|user| user.name.canonical())
            );
            seen.extend(page.users.iter().map(|user| user.name.canonical().clone()));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        assert!(seen.is_sorted() && seen.iter().collect::<HashSet<_>>().len() == seen.len());
        let mut expected: Vec<_> = users.iter().map(|user| user.name.canonical().clone()).collect();
        expected.sort();
        seen.truncate(expected.len());
        assert_eq!(seen, expected);
    }
}
