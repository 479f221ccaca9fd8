//! The slots of a table: buckets of sixteen.

use super::{
    slot::{BUSY, Slot},
    width::LOG,
    words::{Pages, Words},
};
use crate::sync::{AtomicU64, Ordering::Relaxed, Turns, prefetch};
use palisade_core::Timestamp;

/// The slots of one bucket, a power of two. loom tries so many orders that it needs small ones.
pub(super) const SLOTS: usize = if cfg!(palisade_loom) { 2 } else { 16 };
/// A new key goes into its first bucket while that has so many slots free; few look-ups then touch more than one bucket.
///
/// With 4 of 16, nine keys out of ten are on the first cache line that they are looked for, and of 10⁷ keys none is left out. With 2,
/// some are; with buckets of eight slots, 5 are needed, and then every fifth key is in its second bucket.
const ROOMY: usize = SLOTS.div_ceil(4);
/// Buckets start on pairs of cache lines, which processors fetch together.
const LINES: usize = 128 / size_of::<u64>();

/// A fixed number of buckets. A slot is the key's tag, the time until which it matters, and in wide tables one word
/// more, or two; a slot whose time has passed is free, so memory that was never touched is free too.
///
/// A key that is there is charged by whoever holds its slot ([`Slot`]). A key that is not there is given a slot by whoever has the
/// lock of its shard; no key ever has two.
#[derive(Debug)]
pub(super) struct Slots {
    words: Words,
    start: usize,
    width: usize,
    /// Buckets and slots that were looked at.
    #[cfg(test)]
    touched: AtomicU64,
}

/// Where a key belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Tells it from others; not zero, which is what an untouched slot holds, and never [`BUSY`].
    pub(super) tag: u64,
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

impl Slots {
    /// `width` words a slot: 2, 3 where cells need their second number, or 4 for logs.
    pub(super) fn new(buckets: usize, width: usize, pages: Pages) -> Self {
        let words = Words::zeros(buckets * SLOTS * width + LINES, pages);
        let past = words.as_ptr().addr() / size_of::<u64>() % LINES;
        Self {
            words,
            start: (LINES - past) % LINES,
            width,
            #[cfg(test)]
            touched: Default::default(),
        }
    }

    /// The slot of a key, where it is the first that the key looks at, as with most keys, and nobody holds it.
    #[inline]
    pub(super) fn claim_home<const WIDTH: usize>(&self, tag: u64, bucket: usize) -> Option<Slot<'_>> {
        let words = self.bucket::<WIDTH>(bucket).get(home::<WIDTH>(tag))?;
        if words[0].load(Relaxed) == tag { Slot::claim(words, tag) } else { None }
    }

    /// Asks memory for the line that [`claim_home`](Self::claim_home) looks at.
    #[inline]
    pub(super) fn expect<const WIDTH: usize>(&self, tag: u64, bucket: usize) {
        prefetch(&self.words, self.start + (bucket * SLOTS + home::<WIDTH>(tag)) * WIDTH);
    }

    /// The slot of a key that has one. `None` where it has none, for as long as nobody has the lock of its shard.
    #[inline(never)]
    pub(super) fn claim_anywhere<const WIDTH: usize>(&self, spot: &Spot) -> Option<Slot<'_>> {
        let mut turns = Turns::default();
        loop {
            if let Some(slot) = Slot::claim(self.held::<WIDTH>(spot)?, spot.tag) {
                return Some(slot);
            }
            // Somebody charges it now, or has just given it to another key.
            turns.wait();
        }
    }

    /// The words of a key's slot. Not inlined: the loop around it would first work out where all slots are.
    #[inline(never)]
    fn held<const WIDTH: usize>(&self, spot: &Spot) -> Option<&[AtomicU64]> {
        let bucket = |nth| held(self.peek::<WIDTH>(nth), spot.tag, |_| true);
        if let Some((_, words)) = bucket(spot.first) {
            return Some(words);
        }
        #[cfg(test)]
        self.touched.fetch_add(1, Relaxed);
        bucket(spot.second).map(|(_, words)| words)
    }

    /// As [`claim_anywhere`](Self::claim_anywhere), for whoever does not know the width.
    pub(super) fn claim_any(&self, spot: &Spot) -> Option<Slot<'_>> {
        if self.width == 2 { self.claim_anywhere::<2>(spot) } else { self.claim_anywhere::<3>(spot) }
    }

    /// The slot of a key, which is given one if it has none; `None` where there is no room. Only for whoever has the lock of its shard.
    pub(super) fn enter(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Option<(usize, Slot<'_>)> {
        loop {
            let (Place::Held(at) | Place::Free(at)) = self.find(spot, now, taken) else { return None };
            let slot = Slot::wait_for(self.slot(at))?;
            // Where the key of a free slot came back before it was ours, there may be another.
            if let Some(slot) = slot.given_to(spot.tag, now) {
                return Some((at, slot));
            }
        }
    }

    /// Looks in both buckets. Slots in `taken` count as held by somebody else.
    pub(super) fn find(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Place {
        match self.width {
            2 => self.find_in::<2>(spot, now, taken),
            3 => self.find_in::<3>(spot, now, taken),
            _ => self.find_in::<4>(spot, now, taken),
        }
    }

    fn find_in<const WIDTH: usize>(&self, spot: &Spot, now: Timestamp, taken: &[usize]) -> Place {
        let buckets = [spot.first, spot.second];
        // An outdated slot may have gone to another counter of the same request, which is going to overwrite it.
        let is_mine = |bucket: usize, slot: usize| !taken.contains(&self.index(bucket, slot));
        for bucket in buckets {
            let words = self.bucket::<WIDTH>(bucket);
            if let Some((slot, _)) = held(words, spot.tag, |slot| is_mine(bucket, slot)) {
                return Place::Held(self.index(bucket, slot));
            }
        }
        let frees = |bucket| {
            free(self.peek::<WIDTH>(bucket), spot.tag, |slot, words| {
                words[1].load(Relaxed) <= now.as_nanos() && is_mine(bucket, slot)
            })
        };
        let (here, first) = frees(spot.first);
        if here >= ROOMY {
            return Place::Free(self.index(spot.first, first));
        }
        let (there, second) = frees(spot.second);
        match (here, there) {
            (0, 0) => Place::Full,
            (here, there) if here >= there => Place::Free(self.index(spot.first, first)),
            _ => Place::Free(self.index(spot.second, second)),
        }
    }

    /// All words of a slot; none where there is no such slot.
    pub(super) fn slot(&self, at: usize) -> &[AtomicU64] {
        self.words.get(at..at + self.width).unwrap_or_default()
    }

    /// The `nth` slot of all.
    pub(super) fn nth(&self, nth: usize) -> usize {
        #[cfg(test)]
        self.touched.fetch_add(1, Relaxed);
        self.start + nth * self.width
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.words)
    }

    #[cfg(test)]
    pub(super) fn touched(&self) -> u64 {
        self.touched.swap(0, Relaxed)
    }

    #[inline]
    fn bucket<const WIDTH: usize>(&self, bucket: usize) -> &[[AtomicU64; WIDTH]] {
        #[cfg(test)]
        self.touched.fetch_add(1, Relaxed);
        self.peek(bucket)
    }

    #[inline]
    fn peek<const WIDTH: usize>(&self, bucket: usize) -> &[[AtomicU64; WIDTH]] {
        let start = self.start + bucket * SLOTS * WIDTH;
        self.words.get(start..start + SLOTS * WIDTH).unwrap_or_default().as_chunks().0
    }

    #[inline]
    fn index(&self, bucket: usize, slot: usize) -> usize {
        self.start + (bucket * SLOTS + slot) * self.width
    }
}

/// The first slot of a bucket that a key looks at.
///
/// A log takes the first that is free instead, so that entries of outdated ones come back soon.
#[inline]
const fn home<const WIDTH: usize>(tag: u64) -> usize {
    if WIDTH < LOG { tag as usize % SLOTS } else { 0 }
}

/// The slots of a bucket in the order in which a key looks at them: those on the cache line of the first come first.
#[inline]
fn order<const WIDTH: usize>(tag: u64) -> impl DoubleEndedIterator<Item = usize> {
    (0..SLOTS).map(move |nth| home::<WIDTH>(tag) ^ nth)
}

#[inline]
fn held<const WIDTH: usize>(
    bucket: &[[AtomicU64; WIDTH]],
    tag: u64,
    is_mine: impl Fn(usize) -> bool,
) -> Option<(usize, &[AtomicU64])> {
    let bucket: &[_; SLOTS] = bucket.first_chunk()?;
    for slot in order::<WIDTH>(tag) {
        let words = bucket.get(slot)?;
        if words[0].load(Relaxed) & !BUSY == tag && is_mine(slot) {
            return Some((slot, words));
        }
    }
    None
}

/// How many slots are free, and the first of them.
#[inline]
fn free<const WIDTH: usize>(
    bucket: &[[AtomicU64; WIDTH]],
    tag: u64,
    is_free: impl Fn(usize, &[AtomicU64; WIDTH]) -> bool,
) -> (usize, usize) {
    let (mut count, mut first) = (0, 0);
    for slot in order::<WIDTH>(tag).rev() {
        if bucket.get(slot).is_some_and(|words| is_free(slot, words)) {
            (count, first) = (count + 1, slot);
        }
    }
    (count, first)
}
