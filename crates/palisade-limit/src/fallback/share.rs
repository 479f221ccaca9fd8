//! The part of a quota that one node has to itself.

use crate::quota::{Algorithm, Period, Quota, Rate};
use std::num::NonZeroU32;

/// One of so many equal parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share(NonZeroU32);

impl Default for Share {
    fn default() -> Self {
        Self(NonZeroU32::MIN)
    }
}

impl Share {
    pub(super) const fn of(nodes: NonZeroU32) -> Self {
        Self(nodes)
    }

    /// A bucket's rate is divided exactly, by a longer period, and its burst rounded down, but to 1 at least; so is the count of
    /// a window.
    pub(super) fn of_quota(self, quota: &Quota) -> Quota {
        let nodes = self.0.get();
        if nodes == 1 {
            return *quota;
        }
        let capacity = (quota.capacity() / nodes).max(1);
        let share = match quota.algorithm() {
            Algorithm::Gcra => {
                let period = Period::seconds(quota.period().as_secs().saturating_mul(nodes));
                let slower = Rate::new(quota.count(), period).burst(capacity).quota();
                // A period of years divides no further; its count does.
                slower.or_else(|_| {
                    Rate::new((quota.count() / nodes).max(1), quota.period()).burst(capacity).quota()
                })
            }
            Algorithm::FixedWindow(align) => Rate::new(capacity, quota.period()).fixed_window(align).quota(),
            Algorithm::SlidingCounter => Rate::new(capacity, quota.period()).sliding_counter().quota(),
            Algorithm::SlidingLog => Rate::new(capacity, quota.period()).sliding_log().quota(),
        };
        // No smaller quota of this kind exists; the whole is at least a limit.
        share.unwrap_or(*quota)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota;

    #[test]
    fn a232_shares_add_up_to_the_quota() {
        let check = |quota: Quota, nodes, expected: &str| {
            let nodes = NonZeroU32::new(nodes).unwrap();
            assert_eq!(Share::of(nodes).of_quota(&quota), expected.parse().unwrap(), "{quota} by {nodes}");
        };
        check(quota!("60/minute"), 1, "60/minute");
        check(quota!("60/minute"), 4, "60 per 4 minutes burst 15");
        check(quota!("5/second burst 10"), 4, "5 per 4 seconds burst 2");
        check(quota!("1/hour"), 4, "1 per 4 hours burst 1");
        check(quota!("10/minute fixed epoch"), 4, "2/minute fixed epoch");
        check(quota!("1/minute fixed"), 4, "1/minute fixed");
        check(quota!("10/minute sliding"), 4, "2/minute sliding");
        check(quota!("10/minute strict"), 4, "2/minute strict");
        check(quota!("8 per 3650 days"), 4, "2 per 3650 days");
    }
}
