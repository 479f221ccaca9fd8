//! Where a record lies in the cache.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Spreads ids of records, which were drawn at random, in a few instructions; a secret seed stands in for what is not random
/// in ids that were imported. Not for ids that strangers choose.
#[derive(Clone)]
pub(super) struct Spread(u64);

impl Default for Spread {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Spread {
    type Hasher = Spreading;

    #[inline]
    fn build_hasher(&self) -> Spreading {
        Spreading(self.0)
    }
}

pub(super) struct Spreading(u64);

impl Hasher for Spreading {
    #[inline]
    fn write(&mut self, id: &[u8]) {
        // Twelve bytes: the first eight and the last eight.
        let Some((front, back)) = id.first_chunk().zip(id.last_chunk()) else { return };
        let front = u64::from_ne_bytes(*front) ^ self.0;
        let back = u64::from_ne_bytes(*back) ^ self.0.rotate_left(32);
        let product = u128::from(front) * u128::from(back);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::KeyId, random::OsRandom};
    use std::collections::HashSet;

    #[test]
    fn ids_lie_apart() {
        let spread = Spread::default();
        let ids = (0..10_000).map(|_| KeyId::random(&OsRandom).unwrap());
        let imported = (0..10_000).map(|number| format!("acme{number:08}").parse().unwrap());
        let hashes: HashSet<u64> = ids.chain(imported).map(|id| spread.hash_one(id)).collect();
        assert_eq!(hashes.len(), 20_000);
        // In every bit about half of them, so that no shard and no bucket is full before others are.
        for bit in 0..64 {
            let ones = hashes.iter().filter(|hash| *hash >> bit & 1 == 1).count();
            assert!((9_000..11_000).contains(&ones), "{bit}: {ones}");
        }
    }
}
