//! What a breaker goes by.

use super::{
    error::BreakerErrors,
    rules::{Rules, Span, nanos},
};
use palisade_core::{Clock, EventSink, Tracing};
use std::{fmt, sync::Arc, time::Duration};

/// When a breaker opens, for how long, and how it closes again.
///
/// The default opens when 50 % of at least 20 calls within 10 s failed, or 80 % of them took 1 s or longer. It stays open for
/// 5 s, doubling up to 60 s while it cannot close, all ±20 %. It closes after 3 probes went well, one at a time at first, and
/// then admits from 10 % to all calls over 10 s. Values out of bounds are refused where a breaker is made of them, all at once.
///
/// ```
/// use palisade_limit::breaker::{Breaker, BreakerError, BreakerSettings};
/// use std::time::Duration;
///
/// let settings = BreakerSettings::default().failure_rate(30).min_calls(50).window(Duration::from_secs(30));
/// assert!(Breaker::new("search", settings).is_ok());
///
/// let mistakes = Breaker::new("search", BreakerSettings::default().failure_rate(0).probes(3, 1)).unwrap_err();
/// assert!(mistakes.iter().eq(&[BreakerError::FailureRate, BreakerError::Probes]));
/// ```
#[derive(Clone)]
pub struct BreakerSettings {
    rules: Rules,
    clock: Clock,
    events: Arc<dyn EventSink>,
}

impl BreakerSettings {
    /// Opens after so many failures in a row, 1 to 1,000, for 60 s; one success closes it. The proven defaults of `pybreaker`
    /// are these with 5.
    #[must_use]
    pub fn consecutive(failures: u32) -> Self {
        Self::from(Rules::consecutive(failures))
    }

    /// For a store that has a substitute: opens after 5 failures in a row within 10 s, for 5 s ±20 % doubling up to 60 s; one
    /// success within 1 s closes it.
    #[must_use]
    pub fn store() -> Self {
        Self::from(Rules::store())
    }

    /// Opens after so many failures in a row, 1 to 1,000, as far as they lie within the window.
    #[must_use]
    pub fn failures_in_a_row(mut self, failures: u32) -> Self {
        self.rules.consecutive = Some(failures);
        self
    }

    /// Opens when so many percent of the calls in the window failed, 1 to 100.
    #[must_use]
    pub fn failure_rate(mut self, percent: u32) -> Self {
        self.rules.failure_percent = Some(percent);
        self
    }

    /// Opens when so many percent of the calls in the window were slow, 1 to 100; a slow probe does not close it.
    #[must_use]
    pub fn slow_rate(mut self, percent: u32) -> Self {
        self.rules.slow_percent = Some(percent);
        self
    }

    /// Does not mind slow calls.
    #[must_use]
    pub fn ignore_slow_calls(mut self) -> Self {
        self.rules.slow_percent = None;
        self
    }

    /// A call is slow that takes so long, 1 ms to 1 h.
    #[must_use]
    pub fn slow_call(mut self, time: Duration) -> Self {
        self.rules.slow_call = nanos(time);
        self
    }

    /// Rates say nothing below so many calls in the window, 1 to 10,000.
    #[must_use]
    pub fn min_calls(mut self, calls: u32) -> Self {
        self.rules.min_calls = calls;
        self
    }

    /// Counts the calls of the last 100 ms to 1 h, to a tenth of it.
    #[must_use]
    pub fn window(mut self, time: Duration) -> Self {
        self.rules.span = Span::Time(nanos(time));
        self
    }

    /// Counts the last 1 to 10,000 calls, whenever they were.
    #[must_use]
    pub fn window_calls(mut self, calls: u32) -> Self {
        self.rules.span = Span::Calls(calls);
        self
    }

    /// Stays open for `first`, at least 100 ms, and twice as long each time it cannot close, up to `longest`, at most 1 h.
    #[must_use]
    pub fn open(mut self, first: Duration, longest: Duration) -> Self {
        (self.rules.open, self.rules.open_at_most) = (nanos(first), nanos(longest));
        self
    }

    /// Shortens and lengthens the time open by up to so many percent, 0 to 50, so that processes do not try again together.
    #[must_use]
    pub fn jitter(mut self, percent: u32) -> Self {
        self.rules.jitter_percent = percent;
        self
    }

    /// Half open, admits `first` calls at a time, one more after each success, and closes after `most` successes; 1 to 16.
    #[must_use]
    pub fn probes(mut self, first: u32, most: u32) -> Self {
        (self.rules.first_probes, self.rules.most_probes) = (first, most);
        self
    }

    /// A probe that takes so long has failed, and its place is free again: 1 ms to 1 h, best the deadline of the call itself.
    #[must_use]
    pub fn probe_deadline(mut self, time: Duration) -> Self {
        self.rules.probe_deadline = nanos(time);
        self
    }

    /// After recovery, admits from 10 % to all calls over this time, at most 1 h; zero admits all at once.
    #[must_use]
    pub fn ramp(mut self, time: Duration) -> Self {
        self.rules.ramp = nanos(time);
        self
    }

    /// Reads time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Tells events to `sink` instead of `tracing`.
    #[must_use]
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.events = Arc::new(sink);
        self
    }

    pub(super) fn checked(self) -> (Result<(), BreakerErrors>, Rules, Clock, Arc<dyn EventSink>) {
        (self.rules.check(), self.rules, self.clock, self.events)
    }
}

impl From<Rules> for BreakerSettings {
    fn from(rules: Rules) -> Self {
        Self { rules, clock: Clock::system(), events: Arc::new(Tracing) }
    }
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self::from(Rules::DEFAULT)
    }
}

impl fmt::Debug for BreakerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerSettings").field("rules", &self.rules).finish_non_exhaustive()
    }
}
