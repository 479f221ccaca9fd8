use super::*;
use proptest::prelude::*;
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
fn a133_one_subject_does_not_fill_the_list_and_none_of_its_tokens_comes_to_life() {
    let store = MemoryRevocations::with_capacity(100);
    let of = |subject: &str, nth: usize, secs: u64| {
        let revocation = token(&format!("{subject} {nth}"), secs + 1_800).of_holder(ISSUER, subject);
        kind(store.revoke(&revocation, at(secs)))
    };
    let voided = |subject: &str, nth: usize, issued: u64| {
        let (jti, issued) = (format!("{subject} {nth}"), Some(UnixTime::from_secs(issued)));
        store.revoked(&TokenMarks::of(ISSUER, Some(subject), Some(&jti), issued)).try_now().unwrap().unwrap()
    };
    // Somebody who logs out a thousand times, each token a second after the one before.
    for nth in 0..1_000 {
        let secs = 100 + nth as u64;
        assert_eq!(of("mallory", nth, secs), None, "{nth}");
        assert!((0..=nth).all(|nth| voided("mallory", nth, 100 + nth as u64)), "{nth}");
    }
    assert!(store.len() <= MOST_OF_HOLDER + 1);
    // Others have room, and are not touched by the cut of the one.
    for nth in 0..30 {
        assert_eq!(of(&format!("user {nth}"), 0, 1_100), None);
    }
    assert!(!voided("ada", 0, 1_100) && voided("user 7", 0, 1_100) && !voided("user 7", 1, 1_100));
    // What is issued after the cut holds.
    assert!(!voided("mallory", 5_000, 1_200));
    // All of it goes with time, and the count of whose it was too.
    assert_eq!(of("ada", 0, 200_000), None);
    assert_eq!(store.len(), 1);
    assert_eq!(store.shelves.lock().unwrap().of_holder.len(), 1);
}

#[test]
fn a133_a_cut_that_finds_no_room_forgets_nothing() {
    let store = MemoryRevocations::with_capacity(70);
    for nth in 0..70 {
        let cut =
            Revocation::subject(ISSUER, &nth.to_string(), UnixTime::from_secs(100), Duration::from_secs(900));
        assert_eq!(kind(store.revoke(&cut, at(100))), None);
    }
    let mallory = |nth: usize| token(&nth.to_string(), 1_000).of_holder(ISSUER, "mallory");
    for nth in 0..MOST_OF_HOLDER {
        assert_eq!(kind(store.revoke(&mallory(nth), at(100))), None);
    }
    assert_eq!(kind(store.revoke(&mallory(MOST_OF_HOLDER), at(100))), Some(StoreErrorKind::Full));
    assert!((0..MOST_OF_HOLDER).all(|nth| is_revoked(&store, &nth.to_string())));
}

#[test]
fn a134_a_session_ends_with_all_its_tokens_and_no_other() {
    let store = MemoryRevocations::new();
    let end = Revocation::session(ISSUER, "one", UnixTime::from_secs(1_000));
    assert!(!end.is_of_subject());
    assert_eq!(kind(store.revoke(&end, at(100))), None);
    let of = |issuer: &str, session: &str, jti: &str| {
        let marks = TokenMarks::of(issuer, Some("ada"), Some(jti), None).with_session(issuer, session);
        store.revoked(&marks).try_now().unwrap().unwrap()
    };
    assert!(of(ISSUER, "one", "a") && of(ISSUER, "one", "b"));
    assert!(!of(ISSUER, "two", "a") && !of("https://other.example", "one", "a"));
    assert!(!is_revoked(&store, "one"));
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

#[test]
fn memory_revocations_have_room_for_100_000_tokens_and_as_many_subjects() {
    assert_eq!(MemoryRevocations::new().capacity, 100_000);
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Token { jti: u8, life: u64 },
    Subject { subject: u8, life: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..400_u64).prop_map(Step::Wait),
        (0..6_u8, 0..2_000_u64).prop_map(|(jti, life)| Step::Token { jti, life }),
        (0..6_u8, 0..2_000_u64).prop_map(|(subject, life)| Step::Subject { subject, life }),
    ]
}

proptest! {
    /// What was taken is kept until its end, whatever else happens; what was never taken is good; and there is never more than
    /// there is room for.
    #[test]
    fn a133_no_history_brings_a_token_to_life(steps in prop::collection::vec(step(), 1..80)) {
        const ROOM: usize = 4;
        let store = MemoryRevocations::with_capacity(ROOM);
        let (mut secs, mut kept) = (10_000, Vec::<Revocation>::new());
        for step in steps {
            let revocation = match step {
                Step::Wait(wait) => {
                    secs += wait;
                    continue;
                }
                Step::Token { jti, life } => token(&jti.to_string(), secs + life),
                Step::Subject { subject, life } => {
                    let (cut, life) = (UnixTime::from_secs(secs), Duration::from_secs(life));
                    Revocation::subject(ISSUER, &subject.to_string(), cut, life)
                }
            };
            match kind(store.revoke(&revocation, at(secs))) {
                None => kept.push(revocation),
                Some(kind) => prop_assert_eq!(kind, StoreErrorKind::Full),
            }
            prop_assert!(store.len() <= 2 * ROOM);
            for name in 0..6_u8 {
                for issued in [None, Some(secs), Some(secs - 1), Some(secs - 700)] {
                    let (name, issued) = (name.to_string(), issued.map(UnixTime::from_secs));
                    for marks in [
                        TokenMarks::of(ISSUER, Some(&name), None, issued),
                        TokenMarks::of(ISSUER, None, Some(&name), issued),
                    ] {
                        let found = store.revoked(&marks).try_now().unwrap().unwrap();
                        let is_due = |kept: &&Revocation| kept.until() > at(secs).wall;
                        let voids = |kept: &Revocation| kept.voids(&marks);
                        prop_assert!(found || !kept.iter().filter(is_due).any(voids));
                        prop_assert!(!found || kept.iter().any(voids));
                    }
                }
            }
        }
    }
}
