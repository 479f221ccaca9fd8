//! Where counters are kept, and what happens when there is no room.

use super::{app, stack};
use palisade::{
    By, Event, EventSink, Key, ManualClock, Moment, RateLimit, Reply, UnixTime,
    limit::{
        Charge, LimitErrorKind, MemoryStore, Op, Outcome, Quota, QuotaErrorKind, RateStore, StoreError,
        StoreErrorKind, quota,
    },
};
use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::client::{get, send};

const HOURLY: Quota = quota!("3/hour");

#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl EventSink for Heard {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// A key that looks like a keyed hash.
fn key(nth: u64) -> Key {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (nth, salt).hash(&mut hasher);
        hasher.finish()
    };
    Key::from_bytes((u128::from(half(0)) << 64 | u128::from(half(1))).to_le_bytes())
}

/// Whether this key is admitted once more.
fn takes(store: &MemoryStore, nth: u64, cost: u32, now: Moment) -> bool {
    let charges = [Charge { key: key(nth), quota: &HOURLY, cost }];
    store.apply(Op::Take, &charges, now).try_now().unwrap().unwrap().admitted()
}

#[test]
fn stores_hold_200000_keys() {
    let heard = Heard::default();
    let (store, now) =
        (MemoryStore::new().events(heard.clone()), ManualClock::new(UnixTime::default()).now());
    assert!((0..200_000).all(|nth| takes(&store, nth, 3, now)));
    assert!(heard.0.lock().unwrap().is_empty(), "a key was left without a cell of its own");
    assert!((0..200_000).step_by(97).all(|nth| !takes(&store, nth, 1, now)), "a key was forgotten");
    // Buckets of slots leave some room beyond; far beyond there is none.
    (200_000..300_000).for_each(|nth| _ = takes(&store, nth, 1, now));
    assert_eq!(*heard.0.lock().unwrap(), [Event::LimiterFull { capacity: 200_000 }]);
    for (keys, fits) in [(0, false), (1, true), (20_000_000, true), (20_000_001, false)] {
        let fault = MemoryStore::with_capacity(keys).err().map(|error| error.kind());
        assert_eq!(fault, (!fits).then_some(LimitErrorKind::Capacity), "{keys}");
    }
}

#[test]
fn full_stores_share_and_forget_nobody() {
    let (heard, time) = (Heard::default(), ManualClock::new(UnixTime::default()));
    let store = MemoryStore::with_capacity(64).unwrap().events(heard.clone());
    assert!(takes(&store, 0, 3, time.now()));
    let admitted = (1..5_000).filter(|nth| takes(&store, *nth, 3, time.now())).count();
    // One for each slot, and the one that had the shared cell.
    assert!((64..200).contains(&admitted), "{admitted}");
    assert!(!takes(&store, 0, 1, time.now()));
    for (seconds, told) in [(0, 1), (59, 1), (1, 2)] {
        time.advance(Duration::from_secs(seconds));
        (5_000..6_000).for_each(|nth| assert!(!takes(&store, nth, 1, time.now()), "{nth} was not counted"));
        assert_eq!(*heard.0.lock().unwrap(), vec![Event::LimiterFull { capacity: 64 }; told]);
    }
}

#[derive(Debug)]
struct Broken(StoreErrorKind);

impl RateStore for Broken {
    fn apply(&self, _: Op, _: &[Charge<'_>], _: Moment) -> Reply<Result<Outcome, StoreError>> {
        Reply::now(Err(self.0.into()))
    }
}

#[tokio::test]
async fn stores_that_cannot_decide_are_503() {
    for kind in [
        StoreErrorKind::Unavailable,
        StoreErrorKind::Full,
        StoreErrorKind::InvalidCall,
        StoreErrorKind::Corrupt,
    ] {
        let limit = RateLimit::new("address", "1/hour", By::client()).unwrap().store(Arc::new(Broken(kind)));
        let answer = send(&app(stack().address_limit(limit)), get("/healthz")).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"), "{kind:?}");
        assert!(answer.body.ends_with(br#""details":{"kind":"limiter_unavailable"}}}"#), "{answer:?}");
    }
}

#[test]
fn sliding_logs_hold_1000() {
    assert!("1000/minute strict".parse::<Quota>().is_ok());
    let error = "1001/minute strict".parse::<Quota>().unwrap_err();
    assert_eq!(error.kind(), QuotaErrorKind::LogTooLong);
}

#[test]
fn logs_share_eight_entries_a_key() {
    const STRICT: Quota = quota!("1000/hour strict");
    let heard = Heard::default();
    let store = MemoryStore::with_capacity(1).unwrap().events(heard.clone());
    let mut now = ManualClock::new(UnixTime::from_secs(1_704_067_200)).now();
    let mut entries = 0;
    'keys: for nth in 0.. {
        for _ in 0..1_000 {
            // Entries of one moment are one entry.
            now.mono = now.mono.plus_nanos(1);
            let charge = Charge { key: key(nth), quota: &STRICT, cost: 1 };
            drop(store.apply(Op::Take, &[charge], now));
            if !heard.0.lock().unwrap().is_empty() {
                break 'keys;
            }
            entries += 1;
        }
    }
    assert_eq!(entries, 16_384);
}
