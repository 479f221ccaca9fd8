//! The counts, against a list of who is in.

use super::super::{
    slot::Slot,
    table::{Entered, Table},
};
use super::*;
use palisade_core::Key;
use proptest::prelude::*;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    thread,
};

fn key(name: u8) -> Key {
    Key::from_bytes([name; 16])
}

#[derive(Clone, Debug)]
enum Step {
    Enter(u8),
    Leave(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![3 => (0..6_u8).prop_map(Step::Enter), 2 => (0..64_usize).prop_map(Step::Leave)];
    prop::collection::vec(step, 0..200)
}

proptest! {
    /// Whatever comes and goes: never more than the limit of a key, never more keys than there is room for, never a refusal
    /// without need, and nothing is left in the end.
    #[test]
    fn counts_are_those_who_are_in(steps in steps(), limit in 1..4_u32, room in 1..6_usize) {
        let table = Arc::new(Table::new(room));
        let mut slots: Vec<(u8, Slot)> = Vec::new();
        for step in steps {
            match step {
                Step::Leave(at) if slots.is_empty() => prop_assert_eq!(table.in_flight(), 0, "{}", at),
                Step::Leave(at) => drop(slots.remove(at % slots.len())),
                Step::Enter(name) => {
                    let mut counts: HashMap<u8, u32> = HashMap::new();
                    slots.iter().for_each(|(name, _)| *counts.entry(*name).or_default() += 1);
                    let there = counts.get(&name).copied().unwrap_or(0);
                    let expected = match there {
                        0 if counts.len() == room => Err(Entered::Full),
                        count if count == limit => Err(Entered::Busy),
                        count => Ok(count + 1),
                    };
                    let taken = Slot::take(&table, key(name), limit);
                    prop_assert_eq!(taken.as_ref().map(|(_, count)| *count).map_err(|refused| *refused), expected);
                    slots.extend(taken.ok().map(|(slot, _)| (name, slot)));
                }
            }
            prop_assert_eq!(table.in_flight(), slots.len() as u64);
        }
        drop(slots);
        prop_assert_eq!((table.in_flight(), table.keys()), (0, 0));
    }
}

#[test]
fn a303_sixty_four_threads_on_a_few_keys_never_exceed_the_limit_and_end_at_nothing() {
    const LIMIT: u32 = 5;
    let table = Arc::new(Table::new(8_192));
    let inside: [AtomicU32; 3] = Default::default();
    let most: [AtomicU32; 3] = Default::default();
    thread::scope(|scope| {
        for thread in 0..64_usize {
            let (table, inside, most) = (&table, &inside, &most);
            scope.spawn(move || {
                for round in 0..500 {
                    let name = (thread + round) % 3;
                    let Ok(slot) = Slot::take(table, key(name as u8), LIMIT) else { continue };
                    most[name].fetch_max(inside[name].fetch_add(1, SeqCst) + 1, SeqCst);
                    thread::yield_now();
                    inside[name].fetch_sub(1, SeqCst);
                    drop(slot);
                }
            });
        }
    });
    assert!(most.iter().all(|most| (1..=LIMIT).contains(&most.load(SeqCst))), "{most:?}");
    assert_eq!((table.in_flight(), table.keys()), (0, 0));
}

#[test]
fn many_keys_are_spread_and_bounded() {
    let table = Arc::new(Table::new(8_192));
    assert_eq!(table.capacity(), 8_192);
    let hasher = KeyHasher::seeded(&[7; 16], "streams");
    let facts = Facts::new(Clock::system());
    let by = By::header(HeaderName::from_static("x-tenant"));
    let mut slots = Vec::new();
    for tenant in 0..20_000 {
        let (head, ()) = of(&tenant.to_string()).into_parts();
        let key = by.key(&head, &facts, &hasher).unwrap().unwrap();
        slots.extend(Slot::take(&table, key, 1).ok());
    }
    assert_eq!((slots.len(), table.keys(), table.in_flight()), (8_192, 8_192, 8_192));
    slots.clear();
    assert_eq!((table.keys(), table.in_flight()), (0, 0));
}
