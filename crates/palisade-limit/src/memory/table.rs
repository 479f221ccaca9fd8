//! Counters of one width, spread over shards.

use super::{
    logs::pool,
    shard::{Desk, Shard},
    slot::{BUSY, Slot},
    slots::{SLOTS, Slots, Spot},
    words::Pages,
};
use crate::sync::Mutex;
use crate::{quota::Quota, store::Charge};
use palisade_core::{Key, Timestamp};
use std::sync::PoisonError;

/// Sharded open hashing with two choices. The size never changes: no rehash, no sweep.
#[derive(Debug)]
pub(super) struct Table {
    slots: Slots,
    shards: Box<[Apart]>,
    /// Of each shard.
    buckets: u64,
}

/// A lock on cache lines of its own: whoever takes it does not take its neighbours from other processors.
#[derive(Debug)]
#[repr(align(128))]
struct Apart(Mutex<Desk>);

/// Where a key belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    pub(super) shard: usize,
    pub(super) spot: Spot,
}

/// The part of an address that is needed first.
pub(super) struct Near {
    tag: u64,
    shard: usize,
    /// The first bucket of the shard, and which of its buckets is the key's first.
    start: usize,
    nth: u64,
}

impl Near {
    #[inline]
    fn first(&self) -> usize {
        self.start + self.nth as usize
    }
}

/// More shards than threads that can meet.
const SHARDS_AT_MOST: usize = 64;
/// Fewer keys than this in a shard would spread too unevenly; to loom that does not matter.
const KEYS_A_SHARD: usize = if cfg!(palisade_loom) { 1 } else { 4_096 };

impl Table {
    /// Room for `capacity` keys at two thirds of the slots: at that load two choices of sixteen slots leave nobody out.
    pub(super) fn new(capacity: usize, width: usize, pages: Pages) -> Self {
        let shards = (capacity / KEYS_A_SHARD).max(1).next_power_of_two().min(SHARDS_AT_MOST);
        // Keys spread over shards by chance: four standard deviations more than the average.
        let mean = capacity.div_ceil(shards);
        let crowded = if shards == 1 { mean } else { mean + 4 * mean.isqrt() };
        // A handful of buckets has no average to speak of, hence the constant.
        let buckets = (crowded * 3).div_ceil(2 * SLOTS) + 2;
        let desk = |_| Apart(Mutex::new(Desk::new(pool(mean, width))));
        Self {
            slots: Slots::new(buckets * shards, width, pages),
            shards: (0..shards).map(desk).collect(),
            buckets: buckets as u64,
        }
    }

    #[inline]
    pub(super) fn address(&self, charge: &Charge<'_>) -> Address {
        self.address_of(&charge.key, charge.quota)
    }

    /// Shard and buckets come from one half of the key, the tag from the other.
    #[inline]
    fn address_of(&self, key: &Key, quota: &Quota) -> Address {
        let ([_, hi], near) = (halves(key), self.near_of(key, quota));
        let second = ((hi >> 36) * (self.buckets - 1)) >> 28;
        let second = if second >= near.nth { second + 1 } else { second };
        let spot = Spot { tag: near.tag, first: near.first(), second: near.start + second as usize };
        Address { shard: near.shard, spot }
    }

    /// What most look-ups need to know.
    #[inline]
    pub(super) fn near(&self, charge: &Charge<'_>) -> Near {
        self.near_of(&charge.key, charge.quota)
    }

    #[inline]
    fn near_of(&self, key: &Key, quota: &Quota) -> Near {
        let [lo, hi] = halves(key);
        // Zero is what an untouched slot holds.
        let tag = ((lo ^ quota.identity()) & !BUSY).max(1);
        // 8 bits choose the shard (at most 64 are used), 28 bits each bucket.
        // There are two to some power of them.
        let shard = hi as usize & 0xff & (self.shards.len() - 1);
        let nth = ((hi >> 8 & MASK) * self.buckets) >> 28;
        Near { tag, shard, start: shard * self.buckets as usize, nth }
    }

    /// The slot of a key, which is given one if it has none; `None` where there is no room.
    #[inline]
    pub(super) fn slot<const WIDTH: usize>(
        &self,
        near: &Near,
        charge: &Charge<'_>,
        now: Timestamp,
    ) -> Option<Slot<'_>> {
        self.slots
            .claim_home::<WIDTH>(near.tag, near.first())
            .or_else(|| self.elsewhere::<WIDTH>(charge, now))
    }

    /// Says that [`slot`](Self::slot) is going to be asked for.
    #[inline]
    pub(super) fn expect<const WIDTH: usize>(&self, near: &Near) {
        self.slots.expect::<WIDTH>(near.tag, near.first());
    }

    /// As [`slot`](Self::slot), of a key that is not where most are.
    #[inline(never)]
    fn elsewhere<const WIDTH: usize>(&self, charge: &Charge<'_>, now: Timestamp) -> Option<Slot<'_>> {
        let address = self.address(charge);
        self.slots.claim_anywhere::<WIDTH>(&address.spot).or_else(|| self.enter(&address, now))
    }

    #[inline(never)]
    fn enter(&self, address: &Address, now: Timestamp) -> Option<Slot<'_>> {
        self.lock(address.shard).enter(&address.spot, now, &[]).map(|(_, slot)| slot)
    }

    /// The slot of a key that has one.
    pub(super) fn claim(&self, address: &Address) -> Option<Slot<'_>> {
        self.slots.claim_any(&address.spot)
    }

    pub(super) fn lock(&self, shard: usize) -> Shard<'_> {
        // Every write to a slot leaves a slot; a panic elsewhere does not make the table wrong.
        let desk = self.shards[shard].0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.buckets as usize * SLOTS;
        Shard { desk, slots: &self.slots, range: (shard * count, count) }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> (usize, usize) {
        let entries = (0..self.shards.len()).map(|shard| self.lock(shard).desk.pool.bytes());
        (self.slots.bytes(), entries.sum())
    }

    /// Buckets and slots looked at since this was last asked.
    #[cfg(test)]
    pub(super) fn touched(&self) -> u64 {
        self.slots.touched()
    }
}

const MASK: u64 = (1 << 28) - 1;

#[inline]
fn halves(key: &Key) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *key.as_bytes();
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(rest)]
}
