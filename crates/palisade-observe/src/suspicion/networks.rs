//! From how many networks somebody came, as 64 bits.

use super::{table::Kept, threshold::Threshold};
use palisade_core::{Key, Timestamp};

/// Counts distinct networks of one window by a bit for each, so that two may fall together: it tells too few, never too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Networks {
    ends: Timestamp,
    bits: u64,
    raised: bool,
}

impl Networks {
    /// More than this 64 bits cannot count well.
    pub(super) const MOST: u32 = 40;

    /// Takes a network in; whether this is the one that is too much.
    pub(super) fn sign(&mut self, network: &Key, threshold: &Threshold, now: Timestamp) -> bool {
        if now >= self.ends {
            *self = Self { ends: now.plus_nanos(threshold.nanos()), bits: 0, raised: false };
        }
        let [byte, ..] = network.as_bytes();
        self.bits |= 1 << (byte & 63);
        let is_full = self.bits.count_ones() >= threshold.count.min(Self::MOST);
        is_full && !std::mem::replace(&mut self.raised, true)
    }
}

impl Kept for Networks {
    fn weight(&self) -> u64 {
        self.ends.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn distinct_networks_count_once_each_and_a_window_ends() {
        let threshold = Threshold::new(5, Duration::from_secs(60));
        let mut networks = Networks::default();
        let network = |nth: u8| Key::from_bytes([nth; 16]);
        let at = |seconds: u64| Timestamp::from_nanos(seconds * 1_000_000_000);
        let mut told = |nths: &[u8], second| {
            nths.iter().filter(|nth| networks.sign(&network(**nth), &threshold, at(second))).count()
        };
        assert_eq!(told(&[1, 1, 1, 1, 2, 3, 4, 4], 1), 0);
        assert_eq!(told(&[5, 6, 7], 2), 1);
        assert_eq!(told(&[8, 9], 59), 0);
        assert_eq!(told(&[1, 2, 3, 4], 70), 0);
        assert_eq!(told(&[5], 71), 1);
    }
}
