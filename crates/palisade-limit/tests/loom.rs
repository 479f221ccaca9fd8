//! The memory store in every order in which threads can meet. `cargo xtask soak` runs it; by hand:
//!
//! ```text
//! RUSTFLAGS="--cfg palisade_loom" CARGO_TARGET_DIR=target/loom cargo test --release -p palisade-limit --test loom
//! ```

#![cfg(palisade_loom)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use loom::{model::Builder, thread};
use palisade_core::{Event, EventSink, Key, Moment, Timestamp};
use palisade_limit::{Charge, MemoryStore, Op, Quota, RateStore, quota};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

const BUCKET: Quota = quota!("1/minute");
const WINDOW: Quota = quota!("2/minute fixed first-hit");
const COUNTER: Quota = quota!("2/minute sliding");
const LOG: Quota = quota!("2/minute strict");

/// Two shards a table is the least that can be locked in two orders. Here a shard is worth its lock for a single key, and a bucket has
/// two slots: every word of a table is something that threads can meet at, and all orders of that are tried.
const KEYS: usize = 2;

fn at(nanos: u64) -> Moment {
    Moment { mono: Timestamp::from_nanos(nanos), ..Moment::default() }
}

/// A key of the shard that its ninth byte says.
fn key(shard: u8) -> Key {
    let mut bytes = [3; 16];
    bytes[8] = shard;
    Key::from_bytes(bytes)
}

fn charge(shard: u8, quota: &Quota) -> Charge<'_> {
    Charge { key: key(shard), quota, cost: 1 }
}

fn admitted(store: &MemoryStore, charges: &[Charge<'_>]) -> bool {
    store.apply(Op::Take, charges, at(1)).try_now().unwrap().unwrap().admitted()
}

fn remaining(store: &MemoryStore, charge: Charge<'_>) -> u32 {
    let looking = [Charge { cost: 0, ..charge }];
    store.apply(Op::Peek, &looking, at(1)).try_now().unwrap().unwrap().decisions()[0].remaining
}

/// Every order, with at most so many switches where a thread did not have to wait.
fn model(preemptions: usize, check: impl Fn() + Send + Sync + 'static) {
    let mut model = Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(check);
}

#[test]
fn two_threads_share_what_there_is() {
    for quota in [BUCKET, WINDOW, COUNTER, LOG] {
        model(3, move || {
            let store = Arc::new(MemoryStore::with_capacity(KEYS).unwrap());
            let threads = [(); 2].map(|()| {
                let store = store.clone();
                thread::spawn(move || (0..2).filter(|_| admitted(&store, &[charge(0, &quota)])).count())
            });
            let passed: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
            assert_eq!(passed, quota.capacity() as usize);
        });
    }
}

/// A slot whose time has passed is wanted by its own key, without a lock, and by two others, with one.
#[test]
fn an_outdated_slot_goes_to_one_key() {
    fn take(store: &MemoryStore, nth: u8, now: Moment) -> bool {
        let mut bytes = [3; 16];
        bytes[0] = nth;
        let charge = Charge { key: Key::from_bytes(bytes), quota: &BUCKET, cost: 1 };
        store.apply(Op::Take, &[charge], now).try_now().unwrap().unwrap().admitted()
    }
    model(3, || {
        let store = Arc::new(MemoryStore::with_capacity(1).unwrap());
        let later = at(61_000_000_000);
        // Two buckets of two slots: one is outdated then, the others are not.
        assert!(take(&store, 0, at(1)));
        for nth in 1..4 {
            assert!(take(&store, nth, later));
        }
        let threads = [0, 10].map(|nth| {
            let store = store.clone();
            thread::spawn(move || (0..2).filter(|_| take(&store, nth, later)).count())
        });
        let passed = threads.map(|thread| thread.join().unwrap());
        // One of them has the slot and the other the shared cell; neither passes twice, and nobody loses what was charged.
        assert_eq!(passed, [1, 1]);
        for nth in [0, 1, 2, 3, 10] {
            assert!(!take(&store, nth, later));
        }
    });
}

#[test]
fn several_counters_are_charged_together_beside_single_charges() {
    model(3, || {
        let store = Arc::new(MemoryStore::with_capacity(KEYS).unwrap());
        let both = {
            let store = store.clone();
            thread::spawn(move || admitted(&store, &[charge(0, &BUCKET), charge(0, &WINDOW)]))
        };
        let one = admitted(&store, &[charge(0, &BUCKET)]);
        let both = both.join().unwrap();
        assert!(one != both);
        assert_eq!(remaining(&store, charge(0, &BUCKET)), 0);
        assert_eq!(remaining(&store, charge(0, &WINDOW)), 2 - u32::from(both));
    });
}

#[test]
fn counters_in_two_orders_neither_deadlock_nor_part() {
    model(3, || {
        let store = Arc::new(MemoryStore::with_capacity(KEYS).unwrap());
        let orders = [
            [(0, &BUCKET), (1, &BUCKET), (0, &LOG), (1, &WINDOW)],
            [(1, &WINDOW), (0, &LOG), (1, &BUCKET), (0, &BUCKET)],
        ];
        let threads = orders.map(|order| {
            let store = store.clone();
            thread::spawn(move || admitted(&store, &order.map(|(shard, quota)| charge(shard, quota))))
        });
        let passed = threads.into_iter().map(|thread| thread.join().unwrap());
        // All four are charged for the one that came first, and none for the other.
        assert_eq!(passed.filter(|admitted| *admitted).count(), 1);
        for (shard, quota, left) in [(0, &BUCKET, 0), (1, &BUCKET, 0), (0, &LOG, 1), (1, &WINDOW, 1)] {
            assert_eq!(remaining(&store, charge(shard, quota)), left);
        }
    });
}

#[test]
fn a_settlement_and_a_block_among_charges() {
    model(2, || {
        let store = Arc::new(MemoryStore::with_capacity(KEYS).unwrap());
        let taken = store.apply(Op::Take, &[charge(0, &LOG)], at(1)).try_now().unwrap().unwrap();
        let receipt = taken.into_receipt().unwrap();
        let settling = {
            let store = store.clone();
            thread::spawn(move || {
                let real = [Charge { cost: 0, ..charge(0, &LOG) }];
                store.apply(Op::Settle(receipt), &real, at(1)).try_now().unwrap().unwrap();
            })
        };
        let blocking = {
            let store = store.clone();
            thread::spawn(move || {
                let until = at(100).mono;
                store.apply(Op::Block { until }, &[charge(0, &LOG)], at(1)).try_now().unwrap().unwrap();
            })
        };
        let passed = u32::from(admitted(&store, &[charge(0, &LOG)]));
        settling.join().unwrap();
        blocking.join().unwrap();
        let later = [Charge { cost: 0, ..charge(0, &LOG) }];
        let told = store.apply(Op::Peek, &later, at(100)).try_now().unwrap().unwrap();
        assert_eq!(told.decisions()[0].remaining, 2 - passed);
    });
}

/// Counts how often it is told that there is no room.
#[derive(Clone, Debug, Default)]
struct Heard(Arc<AtomicUsize>);

impl EventSink for Heard {
    fn emit(&self, event: &Event) {
        if matches!(event, Event::LimiterFull { .. }) {
            self.0.fetch_add(1, Relaxed);
        }
    }
}

#[test]
fn two_threads_that_find_no_room_tell_it_once_and_share_a_cell() {
    model(3, || {
        let heard = Heard::default();
        let store = Arc::new(MemoryStore::with_capacity(1).unwrap().events(heard.clone()));
        // Whoever has the same two buckets as these four finds no room.
        let stranger = |nth: u8| {
            let mut bytes = [3; 16];
            bytes[0] = nth;
            Charge { key: Key::from_bytes(bytes), quota: &BUCKET, cost: 1 }
        };
        for nth in 0..4 {
            assert!(admitted(&store, &[stranger(nth)]));
        }
        let threads = [100, 101].map(|nth| {
            let store = store.clone();
            thread::spawn(move || admitted(&store, &[stranger(nth)]))
        });
        let passed = threads.map(|thread| thread.join().unwrap());
        assert_eq!(passed.iter().filter(|admitted| **admitted).count(), 1);
        assert_eq!(heard.0.load(Relaxed), 1);
    });
}
