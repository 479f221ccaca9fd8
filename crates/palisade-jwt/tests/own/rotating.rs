//! Keys that follow one another.

use crate::support::{DAY, HOUR, ISSUER, issuer, kid, now, rotating, start, text, verdict};
use palisade_core::{Clock, Event, EventSink, ManualClock, TokenEvent, UnixTime};
use palisade_jwt::{
    Algorithm, Grant, Issuer, KeySource as _, MintError, Rejection, Rotation, SigningKeys, SigningKeysError,
};
use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

fn mint(issuer: &Issuer, time: &ManualClock) -> palisade_jwt::Minted {
    issuer.mint(&Grant::to("ada"), now(time)).unwrap()
}

fn published(keys: &SigningKeys) -> BTreeSet<String> {
    let document: serde_json::Value = serde_json::from_slice(&keys.jwks()).unwrap();
    document["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn to(time: &ManualClock, wall: u64) {
    time.advance(Duration::from_secs(wall - now(time).as_secs()));
}

#[test]
fn a_key_is_published_before_it_signs_and_verifies_until_its_last_token_has_ended() {
    let time = start();
    let zero = now(&time).as_secs();
    let keys = rotating(&time, Rotation::every(10 * DAY));
    let issuer = Issuer::builder(ISSUER).audience("models").lifetime(DAY).keys(&keys).unwrap();
    let day = DAY.as_secs();
    let first = mint(&issuer, &time);
    // A day before it signs.
    to(&time, zero + 9 * day - 1);
    keys.refresh().unwrap();
    assert_eq!(published(&keys).len(), 1);
    to(&time, zero + 9 * day);
    keys.refresh().unwrap();
    assert_eq!(published(&keys).len(), 2);
    assert_eq!(kid(&mint(&issuer, &time)), kid(&first));
    // Its time comes, whether anybody looks or not.
    to(&time, zero + 10 * day - 1);
    let last = mint(&issuer, &time);
    assert_eq!(kid(&last), kid(&first));
    to(&time, zero + 10 * day);
    let second = mint(&issuer, &time);
    assert_ne!(kid(&second), kid(&first));
    assert!(published(&keys).contains(&kid(&second)));
    // The last token of the first key.
    to(&time, zero + 11 * day - 1);
    keys.refresh().unwrap();
    assert_eq!(verdict(&issuer, &last, now(&time)), Ok(()));
    // And no longer than others may keep the set, and clocks differ.
    to(&time, zero + 11 * day + 899);
    keys.refresh().unwrap();
    assert!(published(&keys).contains(&kid(&first)));
    to(&time, zero + 11 * day + 900);
    keys.refresh().unwrap();
    assert_eq!(published(&keys), BTreeSet::from([kid(&second)]));
    // A token that would still hold, under a key that is gone: a clock that runs behind does not bring it back.
    assert_eq!(verdict(&issuer, &last, UnixTime::from_secs(zero + 10 * day)), Err(Rejection::UnknownKey));
}

#[test]
fn a_set_changes_its_generation_only_when_its_keys_change() {
    let time = start();
    let keys = rotating(&time, Rotation::every(HOUR * 4));
    let before = keys.current().unwrap();
    keys.refresh().unwrap();
    assert!(Arc::ptr_eq(&before, &keys.current().unwrap()));
    time.advance(HOUR * 3);
    keys.refresh().unwrap();
    assert_ne!(before.generation(), keys.current().unwrap().generation());
}

#[test]
fn keys_last_30_days_and_are_published_a_day_before() {
    let time = start();
    let keys = rotating(&time, Rotation::default());
    assert_eq!((keys.max_age(), keys.longest_token()), (Duration::from_secs(600), Some(DAY)));
    time.advance(29 * DAY - Duration::from_secs(1));
    keys.refresh().unwrap();
    assert_eq!(published(&keys).len(), 1);
    time.advance(Duration::from_secs(1));
    keys.refresh().unwrap();
    assert_eq!(published(&keys).len(), 2);
}

#[test]
fn a_service_that_slept_through_rotations_publishes_before_it_signs() {
    let time = start();
    let keys = rotating(&time, Rotation::every(10 * DAY));
    let issuer = issuer(&keys);
    let first = mint(&issuer, &time);
    time.advance(100 * DAY);
    keys.refresh().unwrap();
    assert_eq!(kid(&mint(&issuer, &time)), kid(&first));
    assert_eq!(published(&keys).len(), 2);
    time.advance(DAY);
    keys.refresh().unwrap();
    assert_ne!(kid(&mint(&issuer, &time)), kid(&first));
}

#[test]
fn clocks_that_jump_leave_a_key_that_signs() {
    let time = start();
    let keys = rotating(&time, Rotation::every(10 * DAY));
    let issuer = issuer(&keys);
    let zero = now(&time);
    let first = mint(&issuer, &time);
    time.set_wall(UnixTime::from_secs(zero.as_secs() + 1_000 * 86_400));
    keys.refresh().unwrap();
    time.set_wall(zero);
    keys.refresh().unwrap();
    // What was made for a time that did not come is gone, and the schedule is as it was.
    assert_eq!(published(&keys), BTreeSet::from([kid(&first)]));
    time.set_wall(UnixTime::from_secs(1_000));
    keys.refresh().unwrap();
    assert_eq!(kid(&mint(&issuer, &time)), kid(&first));
    time.advance(9 * DAY);
    keys.refresh().unwrap();
    assert_eq!(published(&keys).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// However time passes between looks, no token is refused before it ends, by any of the processes that share a directory; and keys
    /// go.
    #[test]
    fn no_token_is_refused_because_keys_were_rotated(
        steps in prop::collection::vec((0..3_u8, 1..5_000_u64), 20..60),
        lifetime in 60..7_200_u64,
    ) {
        let time = start();
        let home = tempfile::tempdir().unwrap();
        let rotation = Rotation::every(4 * HOUR).longest_token(2 * HOUR);
        let nodes: Vec<_> = (0..2).map(|_| {
            let builder = SigningKeys::in_directory(home.path().join("keys")).rotation(rotation);
            builder.clock(Clock::manual(&time)).refreshed_by_hand().open().unwrap()
        }).collect();
        let issuers: Vec<_> = nodes.iter().map(|keys| {
            let builder = Issuer::builder(ISSUER).audience("models").lifetime(Duration::from_secs(lifetime));
            builder.keys(keys).unwrap()
        }).collect();
        let mut live = Vec::new();
        for (node, secs) in steps {
            // A node may miss a look or two; one that misses all is told by `is_stale`.
            for (nth, keys) in nodes.iter().enumerate() {
                if node == 2 || usize::from(node) == nth || keys.is_stale() {
                    keys.refresh().unwrap();
                }
            }
            if let Ok(minted) = issuers[usize::from(node) % 2].mint(&Grant::to("ada"), now(&time)) {
                live.push(minted);
            }
            time.advance(Duration::from_secs(secs.min(3_500)));
            nodes.iter().for_each(|keys| keys.refresh().unwrap());
            live.retain(|minted| minted.expires_at > now(&time));
            for minted in &live {
                for issuer in &issuers {
                    prop_assert_eq!(verdict(issuer, minted, now(&time)), Ok(()), "{}", text(minted));
                }
            }
            prop_assert!(published(&nodes[0]).len() <= 3);
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<Event>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[test]
fn a_directory_that_cannot_be_read_is_told_once_and_ends_in_503_and_not_in_401() {
    let (time, told) = (start(), Told::default());
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("keys");
    let builder = SigningKeys::in_directory(&path).rotation(Rotation::every(10 * DAY)).events(told.clone());
    let keys = builder.clock(Clock::manual(&time)).refreshed_by_hand().open().unwrap();
    let issuer = issuer(&keys);
    let minted = mint(&issuer, &time);
    let away = home.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    for _ in 0..3 {
        assert!(matches!(keys.refresh(), Err(SigningKeysError::Key(_))));
    }
    let count = |which: fn(&TokenEvent) -> bool| {
        told.0
            .lock()
            .unwrap()
            .iter()
            .filter(|event| matches!(event, Event::Token(event) if which(event)))
            .count()
    };
    assert_eq!(count(|event| matches!(event, TokenEvent::KeysNotRefreshed { .. })), 1);
    // What is known goes on to be known.
    assert_eq!(verdict(&issuer, &minted, now(&time)), Ok(()));
    time.advance(DAY / 2 + Duration::from_secs(1));
    assert!(keys.is_stale() && keys.missing("other").try_now().unwrap().is_none());
    assert!(issuer.mint(&Grant::to("ada"), now(&time)).is_ok());
    time.advance(DAY / 2);
    assert_eq!(issuer.mint(&Grant::to("ada"), now(&time)).err(), Some(MintError::Unavailable));
    std::fs::rename(&away, &path).unwrap();
    keys.refresh().unwrap();
    assert!(!keys.is_stale());
    assert!(issuer.mint(&Grant::to("ada"), now(&time)).is_ok());
    time.advance(9 * DAY);
    keys.refresh().unwrap();
    time.advance(DAY);
    keys.refresh().unwrap();
    assert_eq!(count(|event| matches!(event, TokenEvent::KeyRotated { .. })), 1);
}

#[test]
fn a_schedule_out_of_bounds_does_not_start() {
    let open = |rotation| SigningKeys::in_memory().rotation(rotation).refreshed_by_hand().open();
    assert!(matches!(open(Rotation::every(HOUR / 2)), Err(SigningKeysError::Rotation(_))));
    assert!(open(Rotation::every(HOUR)).is_ok());
}

#[test]
fn the_thread_ends_with_the_keys() {
    let keys = SigningKeys::in_memory().algorithm(Algorithm::Es256).open().unwrap();
    let (clone, set) = (keys.clone(), Arc::downgrade(&keys.current().unwrap()));
    drop(keys);
    assert!(clone.refresh().is_ok() && set.upgrade().is_some());
    drop(clone);
    // It holds nothing while it sleeps.
    assert!(set.upgrade().is_none());
}
