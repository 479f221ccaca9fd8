//! Counters of one width, spread over shards.

use super::{
    logs::pool,
    shard::{SLOTS, Shard, Spot},
};
use crate::sync::{Mutex, MutexGuard};
use crate::{quota::Quota, store::Charge};
use palisade_core::Key;
use std::sync::PoisonError;

/// Sharded open hashing with two choices. The size never changes: no rehash, no sweep.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[Apart]>,
    buckets: u64,
}

/// A shard on cache lines of its own: whoever locks one does not take its neighbours from other processors.
#[derive(Debug)]
#[repr(align(128))]
struct Apart(Mutex<Shard>);

/// Where a key belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    pub(super) shard: usize,
    pub(super) spot: Spot,
}

/// More shards than threads that can meet.
const SHARDS_AT_MOST: usize = 64;
/// Fewer keys than this in a shard would spread too unevenly.
const KEYS_A_SHARD: usize = 4_096;

impl Table {
    /// Room for `capacity` keys at two thirds of the slots: at that load two choices of eight slots leave nobody out.
    pub(super) fn new(capacity: usize, width: usize) -> Self {
        let shards = (capacity / KEYS_A_SHARD).max(1).next_power_of_two().min(SHARDS_AT_MOST);
        // Keys spread over shards by chance: four standard deviations more than the average.
        let mean = capacity.div_ceil(shards);
        let crowded = if shards == 1 { mean } else { mean + 4 * mean.isqrt() };
        // A handful of buckets has no average to speak of, hence the constant.
        let buckets = (crowded * 3).div_ceil(2 * SLOTS) + 2;
        let shard = |_| Apart(Mutex::new(Shard::new(buckets, width, pool(mean, width))));
        let shards = (0..shards).map(shard).collect();
        Self { shards, buckets: buckets as u64 }
    }

    #[inline]
    pub(super) fn address(&self, charge: &Charge<'_>) -> Address {
        self.address_of(&charge.key, charge.quota)
    }

    /// Shard and buckets come from one half of the key, the fingerprint from the other.
    #[inline]
    fn address_of(&self, key: &Key, quota: &Quota) -> Address {
        let [lo, hi] = halves(key);
        // Zero is what an untouched slot holds.
        let fingerprint = (lo ^ quota.identity()).max(1);
        // 8 bits choose the shard (at most 64 are used), 28 bits each bucket.
        // There are two to some power of them.
        let shard = hi as usize & 0xff & (self.shards.len() - 1);
        let first = ((hi >> 8 & MASK) * self.buckets) >> 28;
        let second = ((hi >> 36) * (self.buckets - 1)) >> 28;
        let second = if second >= first { second + 1 } else { second };
        Address { shard, spot: Spot { fingerprint, first: first as usize, second: second as usize } }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> (usize, usize) {
        let bytes = (0..self.shards.len()).map(|shard| self.lock(shard).bytes());
        bytes.fold((0, 0), |(slots, entries), (more, also)| (slots + more, entries + also))
    }

    /// Buckets and slots looked at since this was last asked.
    #[cfg(test)]
    pub(super) fn touched(&self) -> u64 {
        (0..self.shards.len()).map(|shard| self.lock(shard).touched.take()).sum()
    }

    #[inline]
    pub(super) fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        // Every write to a slot leaves a slot; a panic elsewhere does not make the table wrong.
        self.shards[shard].0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MASK: u64 = (1 << 28) - 1;

#[inline]
fn halves(key: &Key) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *key.as_bytes();
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes(rest)]
}
