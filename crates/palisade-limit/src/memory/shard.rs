//! One part of a table, locked.

use super::{
    pool::Pool,
    slot::Slot,
    slots::{Place, Slots, Spot},
};
use crate::sync::{AtomicU64, MutexGuard, Ordering::Relaxed};
use palisade_core::Timestamp;

/// What only whoever has the lock of a shard may touch.
#[derive(Debug)]
pub(super) struct Desk {
    /// What logs are made of; empty in tables of cells.
    pub(super) pool: Pool,
    /// The slot that was looked at last for outdated logs.
    hand: usize,
}

impl Desk {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, hand: 0 }
    }
}

/// A shard whose lock this thread has: it may give slots to keys, and in tables of logs it has the slots to itself.
#[derive(Debug)]
pub(super) struct Shard<'t> {
    pub(super) desk: MutexGuard<'t, Desk>,
    pub(super) slots: &'t Slots,
    /// The number of its first slot, and how many it has.
    pub(super) range: (usize, usize),
}

impl<'t> Shard<'t> {
    /// The slot of a key, which is given one if it has none; `None` where there is no room.
    pub(super) fn enter(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Option<(usize, Slot<'t>)> {
        self.slots.enter(spot, now, taken)
    }

    pub(super) fn find(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Place {
        self.slots.find(spot, now, taken)
    }

    /// All words of a slot with a log.
    pub(super) fn words<const WIDTH: usize>(&self, at: usize) -> Option<[u64; WIDTH]> {
        let words: &[AtomicU64; WIDTH] = self.slots.slot(at).try_into().ok()?;
        Some(words.each_ref().map(|word| word.load(Relaxed)))
    }

    /// Fills such a slot.
    pub(super) fn put<const WIDTH: usize>(&self, at: usize, words: [u64; WIDTH]) {
        for (place, word) in self.slots.slot(at).iter().zip(words) {
            place.store(word, Relaxed);
        }
    }

    /// Its slots, one after another, over and over again.
    pub(super) fn next_slot(&mut self) -> usize {
        let (first, count) = self.range;
        self.desk.hand = (self.desk.hand + 1) % count.max(1);
        self.slots.nth(first + self.desk.hand)
    }
}
