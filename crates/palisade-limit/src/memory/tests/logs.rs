//! Sliding logs, and what happens when their entries are used up.

use super::*;
use crate::suite::run;

const STRICT: Quota = quota!("1000/minute strict");

/// Takes one at a time, a nanosecond apart; says how many passed.
fn fill(store: &MemoryStore, key: Key, from: u64, count: u64) -> usize {
    (from..from + count).filter(|now| take(store, key, &STRICT, 1, *now).admitted).count()
}

#[test]
fn a208_logs_have_room_for_their_keys_and_for_strangers_after_that() {
    let capacity = 20_000;
    let heard = Heard::default();
    let store = MemoryStore::with_capacity(capacity).unwrap().events(heard.clone());
    let quota = quota!("4/minute strict");
    for round in 0..4 {
        for nth in 0..capacity as u64 {
            assert!(take(&store, key(nth), &quota, 1, round * SECOND).admitted);
        }
    }
    for nth in 0..capacity as u64 {
        assert!(!take(&store, key(nth), &quota, 1, 3 * SECOND).admitted, "key {nth} was forgotten");
    }
    for nth in 0..capacity as u64 {
        assert!(take(&store, key(nth + 1_000_000), &quota, 4, 63 * SECOND).admitted);
    }
    assert!(heard.0.lock().unwrap().is_empty());
}

#[test]
fn a209_when_entries_are_used_up_nobody_gets_more_and_nobody_is_forgotten() {
    let (store, heard) = small();
    // Sixteen keys with the longest logs use up the entries of a small store.
    for nth in 0..16 {
        assert_eq!(fill(&store, key(nth), nth * 1_000, 1_000), 1_000);
    }
    assert!(heard.0.lock().unwrap().is_empty());
    let rest = fill(&store, key(16), 16_000, 1_000);
    assert_eq!(rest, 1_000, "a key with a log goes on, its charges merged");
    assert_eq!(heard.0.lock().unwrap().len(), 1);
    for nth in 0..17 {
        assert!(!take(&store, key(nth), &STRICT, 1, 20_000).admitted, "key {nth}");
    }
    // New keys share one log.
    let strangers = (100..3_000).filter(|nth| take(&store, key(*nth), &STRICT, 1, 20_000).admitted).count();
    assert_eq!(strangers, 1_000);
    // What was merged counts from its last charge on, so for longer, never shorter.
    assert!(!take(&store, key(16), &STRICT, 1_000, 16_999 + 60 * SECOND - 1).admitted);
    // A minute later all of it is history, and there is room for everybody.
    let late = 61 * SECOND;
    for nth in 200..216 {
        assert_eq!(fill(&store, key(nth), late, 1_000), 1_000);
    }
    assert!(take(&store, key(0), &STRICT, 1_000, late).admitted);
}

#[test]
fn an_outdated_slot_gives_its_entries_to_the_pool() {
    let (store, heard) = small();
    // Each minute another key fills its log: a hundred times the pool goes through it.
    for minute in 0..200 {
        assert_eq!(fill(&store, key(minute), minute * 61 * SECOND, 1_000), 1_000);
    }
    assert!(heard.0.lock().unwrap().is_empty());
}

#[test]
fn cleared_and_refunded_entries_come_back() {
    let (store, heard) = small();
    for _ in 0..50 {
        fill(&store, key(1), 0, 1_000);
        let charge = Charge { key: key(1), quota: &STRICT, cost: 0 };
        run(store.apply(Op::Clear, &[charge], at(1_000))).unwrap();
    }
    for now in 0..50_000 {
        let charge = Charge { key: key(2), quota: &STRICT, cost: 3 };
        let receipt = run(store.apply(Op::Take, &[charge], at(now))).unwrap().into_receipt().unwrap();
        run(store.apply(Op::Settle(receipt), &[Charge { cost: 0, ..charge }], at(now))).unwrap();
    }
    assert!(take(&store, key(2), &STRICT, 1_000, 50_000).admitted);
    assert!(heard.0.lock().unwrap().is_empty());
}

#[test]
fn strangers_that_share_a_log_find_what_the_others_left() {
    let (store, _) = small();
    for nth in 0..17 {
        fill(&store, key(nth), nth * 1_000, 1_000);
    }
    let quota = quota!("5/minute strict");
    let strangers = |costs: [u32; 2]| {
        let charges = [(100, costs[0]), (101, costs[1])].map(|(nth, cost)| Charge {
            key: key(nth),
            quota: &quota,
            cost,
        });
        run(store.apply(Op::Take, &charges, at(20_000))).unwrap()
    };
    let refused = strangers([3, 3]);
    assert!(refused.decisions()[0].admitted && !refused.decisions()[1].admitted);
    assert!(strangers([2, 3]).admitted());
    assert!(!strangers([0, 1]).admitted());
}
