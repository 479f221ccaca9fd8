//! How much somebody presses, as one number.

use super::{table::Kept, threshold::Threshold};
use palisade_core::Timestamp;

/// A bucket that every sign fills and time empties: full with `count` signs at once, empty after `within` without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pressure {
    /// When it will be empty.
    empty: Timestamp,
    /// It was full, and has not been half empty since.
    raised: bool,
}

impl Pressure {
    /// Takes a sign in; whether this is the one that is too much.
    pub(super) fn sign(&mut self, threshold: &Threshold, now: Timestamp) -> bool {
        let (most, each) = (threshold.nanos(), threshold.nanos() / u64::from(threshold.count));
        let before = self.empty.nanos_since(now);
        if before <= most / 2 {
            self.raised = false;
        }
        // Full is full: whoever goes on for hours is forgotten as fast as who stops at once.
        let after = before.saturating_add(each).min(most);
        self.empty = now.plus_nanos(after);
        // Half a share is let go: some of it is lost to the time between the signs.
        let is_full = after.saturating_add(each / 2) >= most;
        is_full && !std::mem::replace(&mut self.raised, true)
    }
}

impl Kept for Pressure {
    fn weight(&self) -> u64 {
        self.empty.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const SECOND: u64 = 1_000_000_000;

    fn at(nanos: u64) -> Timestamp {
        Timestamp::from_nanos(3_600 * SECOND + nanos)
    }

    #[test]
    fn the_tenth_sign_is_told_once_and_again_after_quiet() {
        let threshold = Threshold::new(10, Duration::from_secs(60));
        let mut pressure = Pressure::default();
        let mut told = |from: u64| (0..100).filter(|nth| pressure.sign(&threshold, at(from + nth))).count();
        assert_eq!(told(0), 1);
        assert_eq!(told(10 * SECOND), 0, "not half empty");
        assert_eq!(told(45 * SECOND), 1);
        assert_eq!(told(200 * SECOND), 1);
    }

    #[test]
    fn nine_are_not_ten() {
        for count in 2..200 {
            let threshold = Threshold::new(count, Duration::from_secs(60));
            let mut pressure = Pressure::default();
            let told: Vec<u32> = (1..=count).filter(|_| pressure.sign(&threshold, at(0))).collect();
            assert_eq!(told, [count]);
        }
    }

    proptest! {
        /// Slower than half the pace never fills it, however long it goes on.
        #[test]
        fn who_is_slow_is_quiet(count in 3_u32..50, gaps in proptest::collection::vec(0_u64..10, 1..300)) {
            let threshold = Threshold::new(count, Duration::from_secs(60));
            let pace = 2 * 60 * SECOND / u64::from(count);
            let (mut pressure, mut now) = (Pressure::default(), 0);
            for gap in gaps {
                now += pace + gap * SECOND;
                prop_assert!(!pressure.sign(&threshold, at(now)));
            }
        }

        /// Between two alarms the bucket was half empty: there are never more than one in half a window.
        #[test]
        fn alarms_are_rare(steps in proptest::collection::vec(0_u64..5_000_000_000, 1..400)) {
            let threshold = Threshold::new(5, Duration::from_secs(60));
            let (mut pressure, mut now, mut last) = (Pressure::default(), 0, None);
            for step in steps {
                now += step;
                if pressure.sign(&threshold, at(now)) {
                    prop_assert!(last.is_none_or(|last| now - last >= 30 * SECOND));
                    last = Some(now);
                }
            }
        }
    }
}
