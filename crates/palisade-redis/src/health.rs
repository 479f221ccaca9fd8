//! When a server has failed often enough to be left alone.

use palisade_core::Timestamp;

/// Failures, and whether there were five in ten seconds, or five with no success between them.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// When the last failures were, the oldest at `next`.
    failures: [Option<Timestamp>; LIMIT],
    next: usize,
    in_a_row: usize,
}

pub(crate) const LIMIT: usize = 5;
const WITHIN: u64 = 10_000_000_000;

impl Health {
    /// Notes a failure; whether it is one too many.
    pub(crate) fn failed(&mut self, now: Timestamp) -> bool {
        if let Some(place) = self.failures.get_mut(self.next) {
            *place = Some(now);
        }
        self.next = (self.next + 1) % LIMIT;
        self.in_a_row = self.in_a_row.saturating_add(1);
        let recent = |at: &Option<Timestamp>| at.is_some_and(|at| now.nanos_since(at) < WITHIN);
        self.in_a_row >= LIMIT || self.failures.iter().all(recent)
    }

    pub(crate) fn succeeded(&mut self) {
        self.in_a_row = 0;
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &[(u64, bool)], expected: bool) {
        let mut health = Health::default();
        let mut last = false;
        for &(millis, is_failure) in steps {
            if is_failure {
                last = health.failed(Timestamp::from_nanos(millis * 1_000_000));
            } else {
                health.succeeded();
            }
        }
        assert_eq!(last, expected, "{steps:?}");
    }

    #[test]
    fn five_failures_in_ten_seconds_or_in_a_row_are_enough() {
        check(&[(0, true), (0, true), (0, true), (0, true)], false);
        check(&[(0, true), (0, true), (0, true), (0, true), (0, true)], true);
        check(&[(0, true), (1, false), (2, true), (3, true), (4, true), (9_999, true)], true);
        check(&[(0, true), (1, false), (2, true), (3, true), (4, true), (10_000, true)], false);
        check(&[(0, true), (60_000, true), (120_000, true), (180_000, true), (240_000, true)], true);
    }
}
