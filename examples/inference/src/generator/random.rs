//! A stable hash and a stable random sequence: the same on every machine and in every release of the compiler.

/// The 64-bit FNV-1a hash of `parts`, each closed by a byte that UTF-8 never contains, so that `["ab", "c"]` and
/// `["a", "bc"]` differ.
pub(crate) fn hash(parts: &[&str]) -> u64 {
    parts
        .iter()
        .flat_map(|part| part.bytes().chain([0xff]))
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// SplitMix64: fast, seedable, and good enough to choose words with; not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // Multiply and shift: the bias is bound / 2^64 and does not matter for words.
        let product = u128::from(self.next()) * (bound as u128);
        usize::try_from(product >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, hash};

    #[test]
    fn fnv_1a_agrees_with_its_published_vectors() {
        // The published values are for the bare bytes; dividing out the closing 0xff is not worth a second function,
        // so the vectors are checked through one more step of the algorithm.
        let closed = |bare: u64| (bare ^ 0xff).wrapping_mul(0x0100_0000_01b3);
        assert_eq!(hash(&[""]), closed(0xcbf2_9ce4_8422_2325));
        assert_eq!(hash(&["a"]), closed(0xaf63_dc4c_8601_ec8c));
        assert_eq!(hash(&["foobar"]), closed(0x8594_4171_f739_67e8));
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }

    #[test]
    fn split_mix_agrees_with_its_published_vector() {
        let mut random = Random::seeded(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn below_stays_below() {
        let mut random = Random::seeded(7);
        assert_eq!(random.below(0), 0);
        assert!((0..1000).all(|_| random.below(3) < 3));
    }
}
