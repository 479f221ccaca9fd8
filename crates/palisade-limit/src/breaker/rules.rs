//! The numbers of a breaker, and which of them make sense.

use super::error::{BreakerError, BreakerErrors};
use std::time::Duration;

/// What a breaker goes by, once checked; times in nanoseconds, shares in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) span: Span,
    pub(super) min_calls: u32,
    pub(super) consecutive: Option<u32>,
    pub(super) failure_percent: Option<u32>,
    pub(super) slow_percent: Option<u32>,
    pub(super) slow_call: u64,
    pub(super) open: u64,
    pub(super) open_at_most: u64,
    pub(super) jitter_percent: u32,
    pub(super) first_probes: u32,
    pub(super) most_probes: u32,
    pub(super) probe_deadline: u64,
    pub(super) ramp: u64,
}

/// How far back calls count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Time(u64),
    Calls(u32),
}

/// Probes that can be under way at once.
pub(super) const MAX_PROBES: usize = 16;
const MAX_CALLS: u32 = 10_000;
const MAX_CONSECUTIVE: u32 = 1_000;
const MAX_JITTER: u32 = 50;
const MILLISECOND: u64 = 1_000_000;
pub(super) const SECOND: u64 = 1_000 * MILLISECOND;
const HOUR: u64 = 3_600 * SECOND;

impl Rules {
    pub(super) const DEFAULT: Self = Self {
        span: Span::Time(10 * SECOND),
        min_calls: 20,
        consecutive: None,
        failure_percent: Some(50),
        slow_percent: Some(80),
        slow_call: SECOND,
        open: 5 * SECOND,
        open_at_most: 60 * SECOND,
        jitter_percent: 20,
        first_probes: 1,
        most_probes: 3,
        probe_deadline: 10 * SECOND,
        ramp: 10 * SECOND,
    };

    /// So many failures in a row, whenever they were, open it for a minute; one success closes it.
    pub(super) const fn consecutive(failures: u32) -> Self {
        Self {
            span: Span::Calls(failures),
            min_calls: 1,
            consecutive: Some(failures),
            failure_percent: None,
            slow_percent: None,
            open: 60 * SECOND,
            open_at_most: 60 * SECOND,
            jitter_percent: 0,
            most_probes: 1,
            ramp: 0,
            ..Self::DEFAULT
        }
    }

    /// Five failures in a row within ten seconds.
    ///
    /// A store has a substitute, so nobody is refused while it is tried again, and a ramp would only keep the substitute longer.
    pub(super) const fn store() -> Self {
        Self {
            span: Span::Time(10 * SECOND),
            open: Self::DEFAULT.open,
            open_at_most: Self::DEFAULT.open_at_most,
            jitter_percent: Self::DEFAULT.jitter_percent,
            probe_deadline: SECOND,
            ..Self::consecutive(5)
        }
    }

    /// Every mistake in them.
    pub(super) fn check(&self) -> Result<(), BreakerErrors> {
        let percent = |value: Option<u32>| value.is_none_or(|value| (1..=100).contains(&value));
        let (span_is_good, reach) = match self.span {
            Span::Time(nanos) => ((100 * MILLISECOND..=HOUR).contains(&nanos), u32::MAX),
            Span::Calls(calls) => ((1..=MAX_CALLS).contains(&calls), calls),
        };
        let rates = self.failure_percent.is_some() || self.slow_percent.is_some();
        let consecutive = self.consecutive.unwrap_or(1);
        let most = u32::try_from(MAX_PROBES).unwrap_or(u32::MAX);
        BreakerErrors::unless([
            (span_is_good, BreakerError::Window),
            (rates || self.consecutive.is_some(), BreakerError::NoRule),
            ((1..=MAX_CALLS).contains(&self.min_calls), BreakerError::MinCalls),
            (!rates || self.min_calls <= reach, BreakerError::WindowTooShort),
            ((1..=MAX_CONSECUTIVE).contains(&consecutive), BreakerError::Consecutive),
            (consecutive <= reach, BreakerError::WindowTooShort),
            (percent(self.failure_percent), BreakerError::FailureRate),
            (percent(self.slow_percent), BreakerError::SlowRate),
            ((MILLISECOND..=HOUR).contains(&self.slow_call), BreakerError::SlowCall),
            ((100 * MILLISECOND..=HOUR).contains(&self.open), BreakerError::OpenTime),
            ((self.open..=HOUR).contains(&self.open_at_most), BreakerError::LongestOpenTime),
            (self.jitter_percent <= MAX_JITTER, BreakerError::Jitter),
            ((1..=most).contains(&self.first_probes), BreakerError::Probes),
            ((self.first_probes..=most).contains(&self.most_probes), BreakerError::Probes),
            ((MILLISECOND..=HOUR).contains(&self.probe_deadline), BreakerError::ProbeDeadline),
            (self.ramp <= HOUR, BreakerError::Ramp),
        ])
    }
}

pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
