//! Which lines are written.

use palisade_core::Timestamp;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// So many lines a second are written of requests that were refused; the others are counted.
pub(super) const REFUSALS: u32 = 1_000;

/// Lets one success of so many through, and so many refusals a second.
pub(super) struct Sample {
    /// 1 lets all through.
    pub(super) one_in: u64,
    pub(super) refusals: u32,
    successes: AtomicU64,
    window: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    second: u64,
    written: u32,
    suppressed: u64,
}

/// Whether a line is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Write,
    /// So many refusals before it were not written.
    WriteAfter(u64),
    Skip,
}

impl Sample {
    pub(super) fn new() -> Self {
        Self { one_in: 1, refusals: REFUSALS, successes: AtomicU64::new(0), window: Mutex::default() }
    }

    pub(super) fn verdict(&self, status: Option<u16>, refused: bool, now: Timestamp) -> Verdict {
        match status {
            // Whatever status tells it.
            Some(_) if refused => self.refusal(now.as_nanos() / 1_000_000_000),
            Some(100..400) => {
                if self.one_in == 1 || self.successes.fetch_add(1, Relaxed).is_multiple_of(self.one_in) {
                    return Verdict::Write;
                }
                Verdict::Skip
            }
            // Anybody can have these for nothing, and leave before an answer, as often as they like.
            Some(400..500) | None => self.refusal(now.as_nanos() / 1_000_000_000),
            Some(_) => Verdict::Write,
        }
    }

    fn refusal(&self, second: u64) -> Verdict {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.second != second {
            let suppressed = window.suppressed;
            *window = Window { second, written: 1, suppressed: 0 };
            return if suppressed == 0 { Verdict::Write } else { Verdict::WriteAfter(suppressed) };
        }
        if window.written < self.refusals {
            window.written += 1;
            return Verdict::Write;
        }
        window.suppressed += 1;
        Verdict::Skip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(second: u64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn one_success_of_so_many() {
        let sample = Sample { one_in: 10, ..Sample::new() };
        let written = (0..100).filter(|_| sample.verdict(Some(200), false, at(0)) == Verdict::Write).count();
        assert_eq!(written, 10);
        assert_eq!(sample.verdict(Some(500), false, at(0)), Verdict::Write);
        assert_eq!(sample.verdict(None, false, at(0)), Verdict::Write);
    }

    #[test]
    fn a290_a_flood_of_refusals_is_counted_instead_of_written() {
        let sample = Sample::new();
        let flood = |second| {
            (0..100_000).filter(|_| sample.verdict(Some(401), false, at(second)) != Verdict::Skip).count()
        };
        assert_eq!(flood(1), 1_000);
        assert_eq!(sample.verdict(Some(429), false, at(2)), Verdict::WriteAfter(99_000));
        assert_eq!(sample.verdict(Some(429), false, at(3)), Verdict::Write);
        assert_eq!(sample.verdict(Some(200), false, at(3)), Verdict::Write);
    }

    #[test]
    fn a290_a_flood_of_clients_that_leave_at_once_is_counted_too() {
        let sample = Sample::new();
        assert_eq!(
            (0..10_000).filter(|_| sample.verdict(None, false, at(1)) != Verdict::Skip).count(),
            1_000
        );
        assert_eq!(sample.verdict(None, false, at(2)), Verdict::WriteAfter(9_000));
        assert_eq!(sample.verdict(Some(500), false, at(2)), Verdict::Write);
    }
}
