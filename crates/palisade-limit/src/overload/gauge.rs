//! One number: how many are in.

#[cfg(all(test, palisade_loom))]
use loom::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
#[cfg(not(all(test, palisade_loom)))]
use std::sync::atomic::{AtomicU32, Ordering};

/// A count that never goes above its limit: one compare-and-swap to enter, one subtraction to leave, no lock.
#[derive(Debug)]
pub(super) struct Gauge {
    count: Arc<AtomicU32>,
    limit: u32,
}

impl Gauge {
    pub(super) fn new(limit: u32) -> Self {
        Self { count: Arc::new(AtomicU32::new(0)), limit }
    }

    /// The same count, with another limit.
    pub(super) fn with_limit(&self, limit: u32) -> Self {
        Self { count: self.count.clone(), limit }
    }

    /// Counts one more, if there is room. Who finds none writes nothing, so that a crowd of refusals does not slow down those who
    /// are in, and none is refused for another's attempt.
    #[inline]
    pub(super) fn enter(&self) -> bool {
        let one_more = |count| (count < self.limit).then_some(count + 1);
        // What the one who left did has happened before the next one is in its place.
        self.count.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more).is_ok()
    }

    /// Takes one back that [entered](Self::enter).
    #[inline]
    pub(super) fn leave(&self) {
        self.count.fetch_sub(1, Ordering::Release);
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    pub(super) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }
}
