//! What operators are told.

use palisade_core::{Event, EventSink, Timestamp};
use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Tells events of one store.
#[derive(Debug)]
pub(crate) struct Notices {
    store: String,
    events: Arc<dyn EventSink>,
    told_corrupt: AtomicU64,
}

const MINUTE: u64 = 60_000_000_000;

impl Notices {
    pub(crate) fn new(store: String, events: Arc<dyn EventSink>) -> Self {
        let notices = Self { store, events, told_corrupt: AtomicU64::new(0) };
        notices.gauge(0.0);
        notices
    }

    pub(crate) fn degraded(&self, reason: &impl Display) {
        self.gauge(1.0);
        self.events.emit(&Event::LimiterDegraded { store: self.store.clone(), reason: reason.to_string() });
    }

    pub(crate) fn restored(&self) {
        self.gauge(0.0);
        self.events.emit(&Event::LimiterRestored { store: self.store.clone() });
    }

    /// Stored values were none of ours; told at most once a minute.
    pub(crate) fn corrupt(&self, counters: u64, now: Timestamp) {
        let (now, told) = (now.as_nanos().max(1), self.told_corrupt.load(Relaxed));
        let due = told == 0 || now.saturating_sub(told) >= MINUTE;
        if due && self.told_corrupt.compare_exchange(told, now, Relaxed, Relaxed).is_ok() {
            self.events.emit(&Event::LimiterCorrupt { store: self.store.clone(), counters });
        }
    }

    #[cfg(feature = "metrics")]
    fn gauge(&self, value: f64) {
        metrics::gauge!("palisade_limiter_degraded", "store" => self.store.clone()).set(value);
    }

    #[cfg(not(feature = "metrics"))]
    #[expect(clippy::unused_self, reason = "the gauge of a build without metrics")]
    fn gauge(&self, _: f64) {}
}
