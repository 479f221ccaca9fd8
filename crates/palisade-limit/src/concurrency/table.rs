//! How many requests each key has in flight.

use palisade_core::Key;
use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Counts by key. A key is there only while it has requests in flight, so that nothing needs to be swept.
#[derive(Debug)]
pub(super) struct Table {
    shards: Box<[Mutex<Shard>]>,
    /// Keys in one shard at most.
    room: usize,
}

#[derive(Debug, Default)]
struct Shard {
    counts: HashMap<[u8; 16], u32, BuildHasherDefault<Leading>>,
    in_flight: u64,
}

/// What a table says to one more request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    /// It is in; the key has so many now.
    In(u32),
    /// The key has as many as it may.
    Busy,
    /// There is no room for another key.
    Full,
}

/// A power of two, so that a key's last byte names its shard.
const SHARDS: usize = 16;
/// Fewer keys than this are kept in one shard.
const WORTH_SHARDS: usize = 4_096;

impl Table {
    /// A table for so many keys; spread over shards when they are many.
    pub(super) fn new(capacity: usize) -> Self {
        let shards = if capacity < WORTH_SHARDS { 1 } else { SHARDS };
        let room = capacity.div_ceil(shards);
        Self { shards: (0..shards).map(|_| Mutex::default()).collect(), room }
    }

    pub(super) fn capacity(&self) -> usize {
        self.room * self.shards.len()
    }

    /// Counts one more request of this key, if it has fewer than `limit`.
    pub(super) fn enter(&self, key: &Key, limit: u32) -> Entered {
        let Some(mut shard) = self.shard(key) else { return Entered::Full };
        let room = shard.counts.len() < self.room;
        let count = match shard.counts.entry(*key.as_bytes()) {
            Entry::Occupied(there) if *there.get() >= limit => return Entered::Busy,
            Entry::Occupied(there) => {
                let count = there.into_mut();
                *count += 1;
                *count
            }
            Entry::Vacant(_) if !room => return Entered::Full,
            Entry::Vacant(place) => *place.insert(1),
        };
        shard.in_flight += 1;
        Entered::In(count)
    }

    /// Takes one request of this key back; the last one takes the key along.
    pub(super) fn leave(&self, key: &Key) {
        let Some(mut shard) = self.shard(key) else { return };
        let Entry::Occupied(mut there) = shard.counts.entry(*key.as_bytes()) else { return };
        match there.get_mut() {
            count @ 2.. => *count -= 1,
            _ => drop(there.remove()),
        }
        shard.in_flight = shard.in_flight.saturating_sub(1);
    }

    /// Requests in flight, of all keys.
    pub(super) fn in_flight(&self) -> u64 {
        self.shards.iter().map(|shard| lock(shard).in_flight).sum()
    }

    /// Keys with requests in flight.
    pub(super) fn keys(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).counts.len()).sum()
    }

    fn shard(&self, key: &Key) -> Option<MutexGuard<'_, Shard>> {
        let [.., last] = *key.as_bytes();
        self.shards.get(usize::from(last) % self.shards.len()).map(lock)
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing that can panic runs while it is locked but the allocator.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first half of a key: keys are keyed hashes already, and nobody can aim at them.
#[derive(Default)]
struct Leading(u64);

impl Hasher for Leading {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(leading) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*leading);
        }
    }

    /// The length of a key, which is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
