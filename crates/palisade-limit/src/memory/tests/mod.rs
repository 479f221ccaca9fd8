mod logs;
mod threads;
mod work;

use super::{words::Pages, *};
use crate::{quota, suite::run};
use palisade_core::{Decision, Key, UnixTime};
use std::sync::Mutex;

crate::suite!(MemoryStore::new);

/// A store that is so small that everything happens in a few buckets.
mod crowded {
    use crate::MemoryStore;

    crate::suite!(|| MemoryStore::with_capacity(16).unwrap());
}

/// A store that has all its memory from the start.
mod preallocated {
    use crate::{MemoryStore, quota};

    crate::suite!(|| {
        let kinds = [quota!("1/minute"), quota!("1/minute fixed"), quota!("1/minute sliding log")];
        kinds.iter().fold(MemoryStore::new(), MemoryStore::preallocate)
    });
}

const SECOND: u64 = 1_000_000_000;
const MINUTELY: Quota = quota!("3/minute");

#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Vec<Event>>>);

impl EventSink for Heard {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

fn at(nanos: u64) -> Moment {
    Moment { mono: Timestamp::from_nanos(SECOND + nanos), wall: UnixTime::from_nanos(nanos) }
}

/// A key that looks like a keyed hash.
fn key(nth: u64) -> Key {
    let mix = |mut x: u64| {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let [a, b] = [mix(nth), mix(nth.rotate_left(32) ^ 0x9e37_79b9_7f4a_7c15)];
    Key::from_bytes((u128::from(a) << 64 | u128::from(b)).to_le_bytes())
}

fn take(store: &MemoryStore, key: Key, quota: &Quota, cost: u32, now: u64) -> Decision {
    let charge = Charge { key, quota, cost };
    run(store.apply(Op::Take, &[charge], at(now))).unwrap().decisions()[0]
}

fn small() -> (MemoryStore, Heard) {
    let heard = Heard::default();
    (MemoryStore::with_capacity(64).unwrap().events(heard.clone()), heard)
}

#[test]
fn a208_a_store_has_room_for_its_capacity_and_for_strangers_after_that() {
    let capacity = 200_000;
    let heard = Heard::default();
    let store = MemoryStore::with_capacity(capacity).unwrap().events(heard.clone());
    let quota = quota!("1/minute");
    for nth in 0..capacity as u64 {
        assert!(take(&store, key(nth), &quota, 1, 0).admitted);
    }
    assert!(heard.0.lock().unwrap().is_empty(), "no key was left without a cell of its own");
    for nth in 0..capacity as u64 {
        assert!(!take(&store, key(nth), &quota, 1, 0).admitted, "key {nth} was forgotten");
    }
    // A minute later all of them are history, and as many others find room without a sweep.
    for nth in 0..capacity as u64 {
        assert!(take(&store, key(nth + 1_000_000), &quota, 1, 60 * SECOND).admitted);
    }
    assert!(heard.0.lock().unwrap().is_empty());
}

#[test]
fn a209_a_flood_neither_frees_the_exhausted_nor_passes_uncounted() {
    let (store, heard) = small();
    let exhausted = key(1);
    assert!(take(&store, exhausted, &MINUTELY, 3, 0).admitted);
    let mut passed = 0_u64;
    for nth in 2..100_000 {
        passed += u64::from(take(&store, key(nth), &MINUTELY, 1, 0).admitted);
        if nth % 1_000 == 0 {
            assert!(!take(&store, exhausted, &MINUTELY, 1, 0).admitted);
        }
    }
    // As many as there are slots, and three that shared the overflow cell.
    assert!((64..200).contains(&passed), "{passed}");
    assert_eq!(*heard.0.lock().unwrap(), [Event::LimiterFull { capacity: 64 }]);
    take(&store, key(2_000_000), &MINUTELY, 1, 59 * SECOND);
    assert_eq!(heard.0.lock().unwrap().len(), 1);
    // Three a minute come back to the shared cell too, and cells whose time has passed are free.
    assert!(take(&store, key(3_000_000), &MINUTELY, 1, 120 * SECOND).admitted);
}

#[test]
fn a_full_store_tells_again_after_a_minute() {
    let (store, heard) = small();
    let quota = quota!("1/day");
    for (minute, told) in [(0, 1), (1, 2), (2, 3)] {
        for nth in 0..2_000 {
            take(&store, key(minute * 10_000 + nth), &quota, 1, minute * 60 * SECOND);
        }
        assert_eq!(heard.0.lock().unwrap().len(), told);
    }
}

#[test]
fn overflow_cells_are_by_quota_and_charged_all_or_nothing() {
    let (store, _) = small();
    let daily = quota!("5/day");
    for nth in 0..5_000 {
        take(&store, key(nth), &quota!("1/day"), 1, 0);
    }
    let both = |nth| [daily, quota!("2/day")].map(|quota| (key(nth), quota));
    let take = |nth| {
        let both = both(nth);
        let charges: Vec<_> = both.iter().map(|(key, quota)| Charge { key: *key, quota, cost: 1 }).collect();
        run(store.apply(Op::Take, &charges, at(0))).unwrap()
    };
    assert!(take(1_000_001).admitted() && take(1_000_002).admitted());
    let third = take(1_000_003);
    assert!(!third.admitted());
    assert_eq!(third.decisions().iter().map(|d| d.remaining).collect::<Vec<_>>(), [3, 0]);
    // Two strangers in one call share the cell too, and the second finds what the first leaves.
    let strangers = [1_000_005, 1_000_006].map(|nth| Charge { key: key(nth), quota: &daily, cost: 2 });
    let outcome = run(store.apply(Op::Take, &strangers, at(0))).unwrap();
    assert!(!outcome.admitted() && outcome.decisions()[0].admitted && !outcome.decisions()[1].admitted);
    // A receipt of a shared cell gives nothing back: it cannot be known whose charge it was.
    let charge = Charge { key: key(1_000_004), quota: &daily, cost: 1 };
    let receipt = run(store.apply(Op::Take, &[charge], at(0))).unwrap().into_receipt().unwrap();
    let settled = Charge { cost: 0, ..charge };
    run(store.apply(Op::Settle(receipt), &[settled], at(0))).unwrap();
    assert_eq!(run(store.apply(Op::Peek, &[settled], at(0))).unwrap().decisions()[0].remaining, 2);
}

#[test]
fn a_block_that_finds_no_room_is_an_error() {
    let (store, _) = small();
    let block = |nth| {
        let charge = Charge { key: key(nth), quota: &MINUTELY, cost: 0 };
        run(store.apply(Op::Block { until: at(SECOND).mono }, &[charge], at(0)))
    };
    let errors = (0..1_000).filter_map(|nth| block(nth).err()).collect::<Vec<_>>();
    assert!(!errors.is_empty() && errors.iter().all(|error| error.kind() == StoreErrorKind::Full));
}

#[test]
fn capacities_have_bounds() {
    for keys in [0, 20_000_001, usize::MAX] {
        assert_eq!(MemoryStore::with_capacity(keys).unwrap_err().kind(), LimitErrorKind::Capacity);
    }
    assert!(MemoryStore::with_capacity(1).is_ok() && MemoryStore::with_capacity(20_000_000).is_ok());
}

#[test]
fn a_key_takes_24_bytes_and_a_window_36() {
    for (capacity, width, bound) in [
        (1_000_000, 2, 24.9),
        (10_000_000, 2, 24.4),
        (1_000_000, 3, 37.4),
        (200_000, 2, 26.0),
        (1_000_000, width::LOG, 49.8),
    ] {
        let bytes = table::Table::new(capacity, width, Pages::AsUsed).bytes().0 as f64 / capacity as f64;
        assert!(bytes <= bound && bytes >= 12.0 * width as f64, "{bytes} bytes a key of {capacity}");
    }
}

#[test]
fn a_long_quota_holds_among_neighbours_while_a_short_one_comes_and_goes() {
    let store = MemoryStore::with_capacity(2_000).unwrap();
    let (long, short, other): (Quota, Quota, Quota) =
        ("10/day".parse().unwrap(), "60/minute".parse().unwrap(), "1/day".parse().unwrap());
    let both = |key, now| {
        let charges = [Charge { key, quota: &long, cost: 1 }, Charge { key, quota: &short, cost: 1 }];
        store.apply(Op::Take, &charges, at(now)).try_now().unwrap().unwrap().admitted()
    };
    const SECOND: u64 = 1_000_000_000;
    let callers: Vec<Key> = (1_000_000..1_000_060).map(key).collect();
    for caller in &callers {
        both(*caller, 0);
    }
    for neighbour in 0..1_000 {
        take(&store, key(neighbour), &other, 1, 9_000 * SECOND);
    }
    for caller in callers {
        let admitted = (1..200).filter(|nth| both(caller, 9_000 * SECOND + nth * 2 * SECOND)).count();
        assert!(admitted <= 11, "{admitted}");
    }
}
