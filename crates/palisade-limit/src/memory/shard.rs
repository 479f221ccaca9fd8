//! One part of a table: buckets of eight slots.

use super::pool::Pool;
use crate::algorithm::Cell;
use palisade_core::Timestamp;

/// The slots of one bucket.
pub(super) const SLOTS: usize = 8;
/// A new key goes into its first bucket while that has so many slots free; most look-ups then touch one bucket only.
const ROOMY: usize = 5;
/// Buckets start on cache lines.
const LINE_BYTES: usize = 64;

/// A fixed number of buckets. A slot is the key's fingerprint, the time until which it matters, and in wide tables one word
/// more; a slot whose time has passed is free, so memory that was never touched is free too.
#[derive(Debug)]
pub(super) struct Shard {
    words: Vec<u64>,
    start: usize,
    width: usize,
    /// What logs are made of; empty in tables of cells.
    pub(super) pool: Pool,
    /// The slot that was looked at last for outdated logs.
    hand: usize,
    /// Buckets and slots that were looked at.
    #[cfg(test)]
    pub(super) touched: std::cell::Cell<u64>,
}

/// Where a key belongs within its shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) fingerprint: u64,
    pub(super) first: usize,
    pub(super) second: usize,
}

/// Where a key is, or could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In this slot, maybe outdated.
    Held(usize),
    /// Nowhere; this slot is free.
    Free(usize),
    /// Nowhere, and both of its buckets are full of keys that matter.
    Full,
}

impl Shard {
    /// `width` words a slot: 2, 3 where cells need their second number, or 4 for logs.
    pub(super) fn new(buckets: usize, width: usize, pool: Pool) -> Self {
        const WORDS: usize = LINE_BYTES / size_of::<u64>();
        // Zeroed by the operating system, page by page as they are first used.
        let words = vec![0_u64; buckets * SLOTS * width + WORDS];
        let past = words.as_ptr().addr() % LINE_BYTES / size_of::<u64>();
        Self {
            words,
            start: (WORDS - past) % WORDS,
            width,
            pool,
            hand: 0,
            #[cfg(test)]
            touched: Default::default(),
        }
    }

    /// Looks in both buckets. Slots in `taken` count as held by somebody else.
    #[inline]
    pub(super) fn find(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Place {
        match self.width {
            2 => self.find_in::<2>(spot, now, taken),
            3 => self.find_in::<3>(spot, now, taken),
            _ => self.find_in::<4>(spot, now, taken),
        }
    }

    /// As [`find`](Self::find), for whoever knows the width.
    #[inline]
    pub(super) fn find_in<const WIDTH: usize>(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Place {
        let first = self.bucket::<WIDTH>(spot.first);
        // An outdated slot may have gone to another counter of the same request, which is going to overwrite it.
        let is_mine = |at: &usize| !taken.contains(at);
        if let Some(at) =
            held(first, spot.fingerprint).map(|slot| self.index(spot.first, slot)).filter(is_mine)
        {
            return Place::Held(at);
        }
        let second = self.bucket::<WIDTH>(spot.second);
        if let Some(at) =
            held(second, spot.fingerprint).map(|slot| self.index(spot.second, slot)).filter(is_mine)
        {
            return Place::Held(at);
        }
        let is_free = |bucket: usize, slot: usize, words: &[u64; WIDTH]| {
            words[1] <= now.as_nanos() && !taken.contains(&self.index(bucket, slot))
        };
        let (free, at) = free(first, |slot, words| is_free(spot.first, slot, words));
        if free >= ROOMY {
            return Place::Free(self.index(spot.first, at));
        }
        let (free_there, there) = self::free(second, |slot, words| is_free(spot.second, slot, words));
        match (free, free_there) {
            (0, 0) => Place::Full,
            (here, also) if here >= also => Place::Free(self.index(spot.first, at)),
            _ => Place::Free(self.index(spot.second, there)),
        }
    }

    /// What stands in a slot, unless its time has passed.
    #[inline]
    pub(super) fn load(&self, at: usize, now: Timestamp) -> Option<Cell> {
        let until = Timestamp::from_nanos(*self.words.get(at + 1)?);
        let used = if self.width > 2 { *self.words.get(at + 2)? } else { 0 };
        (until > now).then(|| Cell::new(until, used))
    }

    #[inline]
    pub(super) fn store(&mut self, at: usize, fingerprint: u64, cell: Cell) {
        let width = self.width;
        let Some(slot) = self.words.get_mut(at..at + width) else { return };
        slot[0] = fingerprint;
        slot[1] = cell.until().as_nanos();
        if let Some(used) = slot.get_mut(2) {
            *used = cell.used();
        }
    }

    /// All words of a wide slot.
    pub(super) fn slot<const WIDTH: usize>(&self, at: usize) -> Option<&[u64; WIDTH]> {
        self.words.get(at..at + self.width)?.try_into().ok()
    }

    /// Fills a slot.
    pub(super) fn put<const WIDTH: usize>(&mut self, at: usize, words: [u64; WIDTH]) {
        if let Some(slot) = self.words.get_mut(at..at + self.width)
            && slot.len() == WIDTH
        {
            slot.copy_from_slice(&words);
        }
    }

    /// Makes a slot as if it had never been used.
    pub(super) fn wipe(&mut self, at: usize) {
        let width = self.width;
        if let Some(slot) = self.words.get_mut(at..at + width) {
            slot.fill(0);
        }
    }

    /// The slots, one after another, over and over again.
    pub(super) fn next_slot(&mut self) -> usize {
        let slots = (self.words.len() - LINE_BYTES / size_of::<u64>()) / self.width;
        self.hand = (self.hand + 1) % slots.max(1);
        #[cfg(test)]
        self.touched.set(self.touched.get() + 1);
        self.start + self.hand * self.width
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> (usize, usize) {
        (size_of_val(self.words.as_slice()), self.pool.bytes())
    }

    #[inline]
    fn bucket<const WIDTH: usize>(&self, bucket: usize) -> &[[u64; WIDTH]] {
        #[cfg(test)]
        self.touched.set(self.touched.get() + 1);
        let start = self.index(bucket, 0);
        self.words.get(start..start + SLOTS * WIDTH).unwrap_or_default().as_chunks().0
    }

    #[inline]
    fn index(&self, bucket: usize, slot: usize) -> usize {
        self.start + (bucket * SLOTS + slot) * self.width
    }
}

#[inline]
fn held<const WIDTH: usize>(bucket: &[[u64; WIDTH]], fingerprint: u64) -> Option<usize> {
    bucket.iter().position(|slot| slot[0] == fingerprint)
}

/// How many slots are free, and the first of them.
#[inline]
fn free<const WIDTH: usize>(
    bucket: &[[u64; WIDTH]],
    is_free: impl Fn(usize, &[u64; WIDTH]) -> bool,
) -> (usize, usize) {
    let (mut count, mut first) = (0, 0);
    for (slot, words) in bucket.iter().enumerate().rev() {
        if is_free(slot, words) {
            (count, first) = (count + 1, slot);
        }
    }
    (count, first)
}
