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
    about: About,
    events: Arc<dyn EventSink>,
    told_corrupt: AtomicU64,
}

/// What a store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Counters,
    #[cfg(feature = "jwt")]
    Revocations,
}

const MINUTE: u64 = 60_000_000_000;

impl Notices {
    pub(crate) fn new(store: String, events: Arc<dyn EventSink>, about: About) -> Self {
        let notices = Self { store, about, events, told_corrupt: AtomicU64::new(0) };
        notices.describe();
        notices.gauge(0.0);
        notices
    }

    pub(crate) fn degraded(&self, reason: &impl Display) {
        self.gauge(1.0);
        let (store, reason) = (self.store.clone(), reason.to_string());
        self.events.emit(&match self.about {
            About::Counters => Event::LimiterDegraded { store, reason },
            #[cfg(feature = "jwt")]
            About::Revocations => Event::RevocationsDegraded { store, reason },
        });
    }

    pub(crate) fn restored(&self) {
        self.gauge(0.0);
        let store = self.store.clone();
        self.events.emit(&match self.about {
            About::Counters => Event::LimiterRestored { store },
            #[cfg(feature = "jwt")]
            About::Revocations => Event::RevocationsRestored { store },
        });
    }

    /// Stored values were none of ours; told at most once a minute.
    pub(crate) fn corrupt(&self, counters: u64, now: Timestamp) {
        let (now, told) = (now.as_nanos().max(1), self.told_corrupt.load(Relaxed));
        let due = told == 0 || now.saturating_sub(told) >= MINUTE;
        if due && self.told_corrupt.compare_exchange(told, now, Relaxed, Relaxed).is_ok() {
            self.events.emit(&Event::LimiterCorrupt { store: self.store.clone(), counters });
        }
    }

    /// The gauge of this store, and what it means.
    #[cfg(feature = "metrics")]
    const fn named(&self) -> (&'static str, &'static str) {
        match self.about {
            About::Counters => {
                ("palisade_limiter_degraded", "1 while a shared store of counters is left alone")
            }
            #[cfg(feature = "jwt")]
            About::Revocations => {
                ("palisade_revocations_degraded", "1 while a shared store of revoked tokens is left alone")
            }
        }
    }

    /// Tells the recorder that is installed now.
    #[cfg(feature = "metrics")]
    fn describe(&self) {
        let (name, meaning) = self.named();
        metrics::describe_gauge!(name, meaning);
    }

    #[cfg(not(feature = "metrics"))]
    #[expect(clippy::unused_self, reason = "the gauge of a build without metrics")]
    fn describe(&self) {}

    #[cfg(feature = "metrics")]
    fn gauge(&self, value: f64) {
        metrics::gauge!(self.named().0, "store" => self.store.clone()).set(value);
    }

    #[cfg(not(feature = "metrics"))]
    #[expect(clippy::unused_self, reason = "the gauge of a build without metrics")]
    fn gauge(&self, _: f64) {}
}

#[cfg(all(test, feature = "metrics"))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use metrics::{
        Counter, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
        with_local_recorder,
    };
    use palisade_core::Tracing;
    use std::sync::Mutex;

    /// What the gauges were set to.
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<(String, f64)>>>);

    struct Named(String, Seen);

    impl GaugeFn for Named {
        fn increment(&self, _: f64) {}
        fn decrement(&self, _: f64) {}
        fn set(&self, value: f64) {
            self.1.0.lock().unwrap().push((self.0.clone(), value));
        }
    }

    impl Recorder for Seen {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            Counter::noop()
        }
        fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
            let labels: Vec<_> = key.labels().map(|l| format!("{}={}", l.key(), l.value())).collect();
            Gauge::from_arc(Arc::new(Named(format!("{}{labels:?}", key.name()), self.clone())))
        }
        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn the_gauge_says_whether_the_store_is_left_alone() {
        let seen = Seen::default();
        with_local_recorder(&seen, || {
            let notices = Notices::new("main".to_owned(), Arc::new(Tracing), About::Counters);
            notices.degraded(&"no answer in time");
            notices.restored();
        });
        let name = "palisade_limiter_degraded[\"store=main\"]".to_owned();
        let expected = [0.0, 1.0, 0.0].map(|value| (name.clone(), value));
        assert_eq!(*seen.0.lock().unwrap(), expected);
    }
}
