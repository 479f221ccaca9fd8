//! How many retries a caller may make.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

/// Bounds the load that retries add to a dependency; clones are one budget.
///
/// Each first call saves a share of a retry, and each retry spends a whole one. What is saved is bounded, so a long good time
/// does not pay for a storm. Retries are never more than the share of all first calls; in any stretch of time they are at most
/// the share of its first calls plus what was saved before.
///
/// ```
/// use palisade_limit::RetryBudget;
///
/// let budget = RetryBudget::new();
/// let mut calls = 0;
/// for _ in 0..100 {
///     budget.first_call();
///     calls += 1;
///     let failed = true;
///     while failed && budget.may_retry() {
///         calls += 1;
///     }
/// }
/// assert_eq!(calls, 110);
/// ```
#[derive(Clone, Debug)]
pub struct RetryBudget {
    /// Hundredths of a retry.
    saved: Arc<AtomicU32>,
    percent: u32,
    at_most: u32,
}

const RETRY: u32 = 100;
const MAX_PERCENT: u32 = 20;
const MAX_SAVED: u32 = 1_000;

impl RetryBudget {
    /// A budget of 10 %, that saves at most 10 retries and begins with none.
    #[must_use]
    pub fn new() -> Self {
        Self { saved: Arc::default(), percent: 10, at_most: 10 * RETRY }
    }

    /// A budget of so many percent, at most 20, that saves at most so many retries, 1 to 1,000; values beyond are taken as the
    /// nearest bound.
    #[must_use]
    pub fn with(percent: u32, saved: u32) -> Self {
        let at_most = saved.clamp(1, MAX_SAVED) * RETRY;
        Self { saved: Arc::default(), percent: percent.min(MAX_PERCENT), at_most }
    }

    /// Notes a first call, which saves its share.
    pub fn first_call(&self) {
        let save = |saved: u32| Some(saved.saturating_add(self.percent).min(self.at_most));
        let _ = self.saved.fetch_update(Relaxed, Relaxed, save);
    }

    /// Whether one more retry may be made; if so it is paid.
    ///
    /// Ask only for calls that can be made twice without harm, and wait before each retry, at least for `Retry-After`
    /// (RFC 9110 §10.2.3).
    #[must_use = "a retry that was paid for should be made"]
    pub fn may_retry(&self) -> bool {
        self.saved.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(RETRY)).is_ok()
    }

    /// Whole retries saved now.
    #[must_use]
    pub fn saved(&self) -> u32 {
        self.saved.load(Relaxed) / RETRY
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// First calls that all fail, and as many retries as the budget gives.
    fn storm(budget: &RetryBudget, first_calls: u32) -> u32 {
        (0..first_calls)
            .map(|_| {
                budget.first_call();
                std::iter::from_fn(|| budget.may_retry().then_some(1)).take(5).sum::<u32>()
            })
            .sum()
    }

    #[test]
    fn a307_when_everything_fails_retries_add_ten_percent() {
        let budget = RetryBudget::new();
        for first_calls in [0, 1, 9, 10, 99, 1_000] {
            let retries = storm(&RetryBudget::new(), first_calls);
            assert_eq!(retries, first_calls / 10, "{first_calls}");
        }
        assert_eq!(storm(&budget, 100_000), 10_000);
    }

    #[test]
    fn a307_a_good_time_pays_for_no_storm() {
        let budget = RetryBudget::new();
        for _ in 0..1_000_000 {
            budget.first_call();
        }
        assert_eq!(budget.saved(), 10);
        // Ten were saved; the first call found no room to save more.
        assert_eq!(storm(&budget, 100), 19);
    }

    #[test]
    fn a307_sixty_four_threads_share_one_budget_exactly() {
        let budget = RetryBudget::with(20, 1_000);
        let retries: u32 = thread::scope(|scope| {
            let threads: Vec<_> = (0..64).map(|_| scope.spawn(|| storm(&budget, 500))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert!(retries <= 6_400 && retries + budget.saved() == 6_400, "{retries}");
    }

    #[test]
    fn values_out_of_bounds_become_the_nearest() {
        assert_eq!(storm(&RetryBudget::with(90, 5), 100), 20);
        assert_eq!(storm(&RetryBudget::with(0, 5), 1_000), 0);
    }
}
