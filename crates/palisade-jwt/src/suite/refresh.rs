//! The law of [`RefreshStore`].

use crate::{
    login::{FamilyId, MAX_FAMILIES, RefreshFamily, RefreshStore, UserId},
    store_error::StoreErrorKind,
};
use palisade_core::{CredentialDigest, UnixTime};

/// Makes a test of every law for one store of refresh tokens.
///
/// `refresh_suite!(make)` calls `make()` for a [`RefreshStore`] in each test; stores may share what is behind them, because the tests
/// draw their ids at random. `refresh_suite!(make, tokio::test)` awaits `make()`, under that test attribute. It stands in a module
/// of its own, in tests, with the features `login` and `suite`.
///
/// ```
/// mod memory {
///     palisade_jwt::refresh_suite!(palisade_jwt::login::MemoryRefresh::new);
/// }
/// ```
#[macro_export]
macro_rules! refresh_suite {
    ($make:expr $(, $test:meta)?) => {
        $crate::refresh_suite!(@each ($make $(, $test)?)
            what_is_inserted_is_read_back
            what_is_not_there_is_none
            ids_are_unique
            updates_need_the_version_that_was_read
            one_of_two_that_use_a_token_at_once_wins
            those_longest_unused_make_room
            ended_ones_are_forgotten_first
            revoked_ones_make_room_before_those_that_hold
            forgetting_a_user_forgets_nobody_else
        );
    };
    (@each ($make:expr) $($law:ident)*) => {
        $(#[test] fn $law() { $crate::suite::run($crate::suite::refresh::$law(&($make)())); })*
    };
    (@each ($make:expr, $test:meta) $($law:ident)*) => {
        $(#[$test] async fn $law() { $crate::suite::refresh::$law(&($make)().await).await; })*
    };
}

const START: u64 = 1_700_000_000;
const MONTH: u64 = 30 * 86_400;

fn at(secs: u64) -> UnixTime {
    UnixTime::from_nanos((START + secs) * 1_000_000_000 + 123_456_789)
}

fn family(user: UserId, renewed: u64) -> RefreshFamily {
    let id = FamilyId::random().unwrap();
    RefreshFamily::new(id, user, CredentialDigest::of(id.as_bytes()), at(renewed), at(renewed + MONTH))
}

fn user() -> UserId {
    UserId::random().unwrap()
}

async fn read(store: &impl RefreshStore, id: &FamilyId) -> Option<RefreshFamily> {
    store.get(id).await.unwrap()
}

/// Every field comes back as it was, to the nanosecond.
pub async fn what_is_inserted_is_read_back(store: &impl RefreshStore) {
    let mut full = family(user(), 1);
    full.revoked = Some(at(5));
    for family in [family(user(), 0), full] {
        store.insert(family.clone(), at(0)).await.unwrap();
        assert_eq!(read(store, &family.id).await, Some(family));
    }
}

/// An id that is not there is no error.
pub async fn what_is_not_there_is_none(store: &impl RefreshStore) {
    assert!(read(store, &FamilyId::random().unwrap()).await.is_none());
    store.forget(&user()).await.unwrap();
}

/// A second family with an id is refused, and the first stays.
pub async fn ids_are_unique(store: &impl RefreshStore) {
    let first = family(user(), 0);
    store.insert(first.clone(), at(0)).await.unwrap();
    let second = RefreshFamily { id: first.id, ..family(user(), 1) };
    assert_eq!(store.insert(second, at(1)).await.unwrap_err().kind(), StoreErrorKind::Conflict);
    assert_eq!(read(store, &first.id).await, Some(first));
}

/// A change is admitted to the version that was read, and counts it up.
pub async fn updates_need_the_version_that_was_read(store: &impl RefreshStore) {
    let first = family(user(), 0);
    let conflict = |family: RefreshFamily| async move { store.update(family).await.unwrap_err().kind() };
    assert_eq!(conflict(first.clone()).await, StoreErrorKind::Conflict);
    store.insert(first.clone(), at(0)).await.unwrap();
    let next = RefreshFamily {
        token: CredentialDigest::of(b"next"),
        renewed: at(9),
        revoked: Some(at(10)),
        ..first.clone()
    };
    store.update(next.clone()).await.unwrap();
    let next = RefreshFamily { version: first.version + 1, ..next };
    assert_eq!(read(store, &first.id).await, Some(next.clone()));
    for version in [first.version, next.version + 1] {
        assert_eq!(conflict(RefreshFamily { version, ..first.clone() }).await, StoreErrorKind::Conflict);
    }
    assert_eq!(read(store, &first.id).await, Some(next));
}

/// Of two changes that rest on one version, begun before either ended, exactly one is made.
pub async fn one_of_two_that_use_a_token_at_once_wins(store: &impl RefreshStore) {
    for _ in 0..20 {
        let first = family(user(), 0);
        store.insert(first.clone(), at(0)).await.unwrap();
        let with = |token: &[u8]| RefreshFamily { token: CredentialDigest::of(token), ..first.clone() };
        let (one, other) = (store.update(with(b"one")), store.update(with(b"other")));
        let (one, other) = (one.await, other.await);
        assert!(one.is_ok() != other.is_ok());
        let expected =
            if one.is_ok() { CredentialDigest::of(b"one") } else { CredentialDigest::of(b"other") };
        assert_eq!(read(store, &first.id).await.unwrap().token, expected);
    }
}

/// One user has a bounded number of families: the one that was renewed longest ago goes.
pub async fn those_longest_unused_make_room(store: &impl RefreshStore) {
    let (user, other) = (user(), family(user(), 0));
    store.insert(other.clone(), at(0)).await.unwrap();
    let mut families: Vec<_> = (0..MAX_FAMILIES as u64).map(|n| family(user, n)).collect();
    for family in &families {
        store.insert(family.clone(), at(100)).await.unwrap();
    }
    // The first one is used, and so the second one is the oldest.
    store.update(RefreshFamily { renewed: at(200), ..families[0].clone() }).await.unwrap();
    for n in 0..2 {
        store.insert(family(user, 300 + n), at(300)).await.unwrap();
    }
    let gone = families.split_off(1);
    assert!(read(store, &families[0].id).await.is_some());
    for (at, family) in gone.iter().enumerate() {
        assert_eq!(read(store, &family.id).await.is_none(), at < 2, "{at}");
    }
    assert_eq!(read(store, &other.id).await, Some(other));
}

/// What has ended makes room before what has not.
pub async fn ended_ones_are_forgotten_first(store: &impl RefreshStore) {
    let user = user();
    let mut ended = family(user, 50);
    ended.expires = at(60);
    let kept = family(user, 0);
    for family in [&ended, &kept] {
        store.insert(family.clone(), at(50)).await.unwrap();
    }
    store.insert(family(user, 70), at(70)).await.unwrap();
    assert!(read(store, &ended.id).await.is_none());
    assert_eq!(read(store, &kept.id).await, Some(kept));
}

/// Whoever logs in and out again and again is not logged out elsewhere by it.
pub async fn revoked_ones_make_room_before_those_that_hold(store: &impl RefreshStore) {
    let user = user();
    let kept = family(user, 0);
    store.insert(kept.clone(), at(0)).await.unwrap();
    for n in 1..=2 * MAX_FAMILIES as u64 {
        let line = family(user, n);
        store.insert(line.clone(), at(n)).await.unwrap();
        store.update(RefreshFamily { revoked: Some(at(n)), ..line }).await.unwrap();
    }
    assert_eq!(read(store, &kept.id).await, Some(kept));
}

/// All of one user go, and no others.
pub async fn forgetting_a_user_forgets_nobody_else(store: &impl RefreshStore) {
    let (one, other) = (user(), user());
    let (first, second, kept) = (family(one, 0), family(one, 1), family(other, 0));
    for family in [&first, &second, &kept] {
        store.insert(family.clone(), at(1)).await.unwrap();
    }
    store.forget(&one).await.unwrap();
    assert!(read(store, &first.id).await.is_none() && read(store, &second.id).await.is_none());
    assert_eq!(read(store, &kept.id).await, Some(kept));
    assert_eq!(store.update(first).await.unwrap_err().kind(), StoreErrorKind::Conflict);
}
