use super::*;
use std::time::Duration;

mod law {
    crate::revocations_suite!(super::MemoryRevocations::new);
}

const ISSUER: &str = "https://api.example";
const NANOS: u64 = 1_000_000_000;

fn at(secs: u64) -> Moment {
    Moment { mono: Timestamp::from_nanos((secs + 50) * NANOS), wall: UnixTime::from_secs(secs) }
}

fn token(jti: &str, expires: u64) -> Revocation {
    Revocation::token(ISSUER, jti, UnixTime::from_secs(expires))
}

fn kind(answer: Reply<Result<(), StoreError>>) -> Option<StoreErrorKind> {
    answer.try_now().unwrap().err().map(|error| error.kind())
}

fn is_revoked(store: &MemoryRevocations, jti: &str) -> bool {
    store.revoked(&TokenMarks::of(ISSUER, None, Some(jti), None)).try_now().unwrap().unwrap()
}

#[test]
fn a133_an_entry_goes_when_its_token_has_expired_and_the_leeway_is_over() {
    let store = MemoryRevocations::new();
    assert_eq!(kind(store.revoke(&token("a", 1_000), at(100))), None);
    for (secs, expected) in [(999, true), (1_000, true), (1_299, true), (1_300, false)] {
        // Another revocation is when it clears up.
        assert_eq!(kind(store.revoke(&token("b", 9_999), at(secs))), None);
        assert_eq!(is_revoked(&store, "a"), expected, "{secs}");
    }
    assert_eq!(store.len(), 1);
}

#[test]
fn a133_the_list_is_bounded_and_forgets_nothing_that_is_needed() {
    let store = MemoryRevocations::with_capacity(3);
    for jti in ["a", "b", "c"] {
        assert_eq!(kind(store.revoke(&token(jti, 1_000), at(100))), None);
    }
    assert_eq!(kind(store.revoke(&token("d", 1_000), at(100))), Some(StoreErrorKind::Full));
    assert!(["a", "b", "c"].iter().all(|jti| is_revoked(&store, jti)) && !is_revoked(&store, "d"));
    // What is there already needs no room.
    assert_eq!(kind(store.revoke(&token("a", 2_000), at(100))), None);
    // Subjects have room of their own.
    let subject = Revocation::subject(ISSUER, "ada", UnixTime::from_secs(100), Duration::from_secs(900));
    assert_eq!(kind(store.revoke(&subject, at(100))), None);
    // Room comes back with time.
    assert_eq!(kind(store.revoke(&token("d", 2_000), at(1_300))), None);
    assert_eq!(kind(store.revoke(&token("e", 2_000), at(1_300))), None);
    assert_eq!(kind(store.revoke(&token("f", 2_000), at(1_300))), Some(StoreErrorKind::Full));
}

#[test]
fn a207_a_wall_clock_that_jumps_brings_no_token_to_life() {
    let store = MemoryRevocations::new();
    assert_eq!(kind(store.revoke(&token("a", 1_000), at(100))), None);
    let forward = Moment { wall: UnixTime::from_secs(1_000_000), ..at(101) };
    assert_eq!(kind(store.revoke(&token("b", 2_000_000), forward)), None);
    assert!(is_revoked(&store, "a"));
    let back = Moment { wall: UnixTime::from_secs(0), ..at(100_000) };
    assert_eq!(kind(store.revoke(&token("c", 1_000), back)), None);
    assert!(is_revoked(&store, "a"));
}

#[test]
fn an_end_never_comes_sooner() {
    let store = MemoryRevocations::new();
    assert_eq!(kind(store.revoke(&token("a", 5_000), at(100))), None);
    assert_eq!(kind(store.revoke(&token("a", 1_000), at(100))), None);
    assert_eq!(kind(store.revoke(&token("b", 9_000), at(5_299))), None);
    assert!(is_revoked(&store, "a"));
    assert_eq!(kind(store.revoke(&token("b", 9_000), at(5_300))), None);
    assert!(!is_revoked(&store, "a"));
}
