//! One slot of a table, held by one thread for a few instructions.

use crate::{
    algorithm::Cell,
    sync::{
        AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
        Turns,
    },
};
use palisade_core::Timestamp;

/// The bit of a slot's first word that says that somebody holds it; the others are the tag of the key that it belongs to.
pub(super) const BUSY: u64 = 1 << 63;

/// A slot that nobody else reads or writes until this is dropped.
///
/// Whoever holds one waits for nothing but other slots, and for those only with the locks of their shards, so that nobody waits for
/// long and no two for each other.
#[derive(Debug)]
pub(super) struct Slot<'s> {
    /// The tag and the time until which the cell matters.
    words: &'s [AtomicU64; 2],
    used: Option<&'s AtomicU64>,
}

impl<'s> Slot<'s> {
    /// The slot, if it belongs to this key and nobody holds it.
    #[inline]
    pub(super) fn claim(words: &'s [AtomicU64], tag: u64) -> Option<Self> {
        let (words, rest) = words.split_first_chunk()?;
        let claimed = words[0].compare_exchange(tag, tag | BUSY, Acquire, Relaxed);
        claimed.is_ok().then(|| Self { words, used: rest.first() })
    }

    /// The slot, whoever it belongs to, once nobody holds it.
    pub(super) fn wait_for(words: &'s [AtomicU64]) -> Option<Self> {
        let mut turns = Turns::default();
        loop {
            let tag = words.first()?.load(Relaxed) & !BUSY;
            if let Some(slot) = Self::claim(words, tag) {
                return Some(slot);
            }
            turns.wait();
        }
    }

    /// Makes it the slot of this key, if it is that already or its time has passed; for whoever has the lock of its shard, which
    /// keeps a key from being given two.
    pub(super) fn given_to(self, tag: u64, now: Timestamp) -> Option<Self> {
        if self.tag() != tag {
            if self.load(now).is_some() {
                return None;
            }
            self.clear();
            self.words[0].store(tag | BUSY, Relaxed);
        }
        Some(self)
    }

    /// What stands there, unless its time has passed.
    #[inline]
    pub(super) fn load(&self, now: Timestamp) -> Option<Cell> {
        let until = Timestamp::from_nanos(self.words[1].load(Relaxed));
        (until > now).then(|| Cell::new(until, self.used.map_or(0, |used| used.load(Relaxed))))
    }

    #[inline]
    pub(super) fn store(&self, cell: Cell) {
        self.words[1].store(cell.until().as_nanos(), Relaxed);
        if let Some(used) = self.used {
            used.store(cell.used(), Relaxed);
        }
    }

    /// Makes what stands there history.
    pub(super) fn clear(&self) {
        self.store(Cell::new(Timestamp::default(), 0));
    }

    #[inline]
    fn tag(&self) -> u64 {
        self.words[0].load(Relaxed) & !BUSY
    }
}

impl Drop for Slot<'_> {
    #[inline]
    fn drop(&mut self) {
        self.words[0].store(self.tag(), Release);
    }
}
