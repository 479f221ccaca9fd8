//! The same decisions as programs so simple that they are seen to be right: they keep every charge for ever and add up.

use super::{
    laws::{quotas, traffic},
    *,
};
use proptest::prelude::*;

/// All charges ever made, with their times.
struct Oracle {
    quota: Quota,
    charges: Vec<(u64, u32)>,
    /// Where each window of a fixed window or a sliding counter began.
    starts: Vec<u64>,
}

impl Oracle {
    fn new(quota: Quota) -> Self {
        Self { quota, charges: Vec::new(), starts: Vec::new() }
    }

    fn sum(&self, from: u64, to: u64) -> u64 {
        self.charges.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, cost)| u64::from(*cost)).sum()
    }

    /// What is used at this time, rounded up, as if somebody asked.
    fn used(&self, now: u64) -> u64 {
        let window = self.quota.period_nanos();
        match self.quota.algorithm() {
            // A bucket that loses one unit every interval, replayed from its first drop.
            Algorithm::Gcra => {
                let (mut level, mut last) = (0_u64, 0);
                for (at, cost) in &self.charges {
                    level = level.saturating_sub(at - last) + u64::from(*cost) * self.quota.interval_nanos();
                    last = *at;
                }
                level.saturating_sub(now - last).div_ceil(self.quota.interval_nanos())
            }
            Algorithm::FixedWindow(align) => {
                let (now, first) = match align {
                    Align::FirstHit => {
                        return match self.starts.last() {
                            Some(start) if now < start + window => self.sum(*start, now + 1),
                            _ => 0,
                        };
                    }
                    Align::Epoch => (now + 1_700_000_000 * SECOND, 1_700_000_000 * SECOND),
                    // The tests' key is all 0x5a.
                    Align::PerKeyOffset => {
                        let shift = START + 0x5a5a_5a5a_5a5a_5a5a % window;
                        (now + shift, shift)
                    }
                    Align::Calendar(_) => {
                        unreachable!("months are compared with a calendar elsewhere")
                    }
                };
                let start = now - now % window;
                self.sum(start.saturating_sub(first), now - first + 1)
            }
            Algorithm::SlidingCounter => {
                let Some(start) = self.starts.last() else { return 0 };
                let since = now - start;
                // The last window in which something could be charged began at `start`.
                let (previous, current, into) = match since / window {
                    0 => (self.sum(start.saturating_sub(window), *start), self.sum(*start, now + 1), since),
                    1 => (self.sum(*start, start + window), 0, since - window),
                    _ => return 0,
                };
                let previous = if self.starts.len() > 1 || since >= window { previous } else { 0 };
                let weighed = (u128::from(previous) * u128::from(window - into)).div_ceil(u128::from(window));
                weighed as u64 + current
            }
            Algorithm::SlidingLog => {
                let from = (now + 1).saturating_sub(window);
                self.sum(from, now + 1)
            }
        }
    }

    fn admits(&self, now: u64, cost: u32) -> bool {
        cost == 0 || self.used(now) + u64::from(cost) <= u64::from(self.quota.capacity())
    }

    fn charge(&mut self, now: u64, cost: u32) {
        let window = self.quota.period_nanos();
        match (self.quota.algorithm(), self.starts.last()) {
            (Algorithm::FixedWindow(_), Some(start)) if now < start + window => {}
            (Algorithm::SlidingCounter, Some(start)) if now < start + window => {}
            // Windows of a counter follow one another while something in them counts.
            (Algorithm::SlidingCounter, Some(start)) if now < start + 2 * window => {
                self.starts.push(start + window);
            }
            _ => self.starts.push(now),
        }
        self.charges.push((now, cost));
    }
}

proptest! {
    #[test]
    fn decisions_are_those_of_the_oracle(
        quota in quotas().prop_filter("no calendar", |quota| {
            !matches!(quota.algorithm(), Algorithm::FixedWindow(Align::Calendar(_)))
        }),
        traffic in traffic(),
    ) {
        let (mut counter, mut oracle) = (Counter::new(quota), Oracle::new(quota));
        for (gap, cost) in traffic {
            counter.now += gap;
            let now = counter.now;
            let told = counter.take(cost);
            prop_assert_eq!(told.admitted, oracle.admits(now, cost), "{} at {}", quota, now);
            if told.admitted && cost > 0 {
                oracle.charge(now, cost);
            }
            let left = u64::from(quota.capacity()).saturating_sub(oracle.used(now));
            prop_assert_eq!(u64::from(told.remaining), left, "{} at {}", quota, now);
            // And so are the times that it tells.
            if let (Some(retry), false) = (told.retry.map(Counter::nanos), told.admitted) {
                prop_assert!(oracle.admits(retry, cost) && !oracle.admits(retry - 1, cost));
            }
            let reset = Counter::nanos(told.reset);
            prop_assert_eq!(oracle.used(reset), 0);
            prop_assert!(reset == now || oracle.used(reset - 1) > 0);
        }
    }
}
