//! The dependency behind its breaker, and what is answered without it.

use crate::{client::Upstream, rates::Rates};
use palisade::{
    Clock, Denial, Timestamp,
    limit::breaker::{Breaker, BreakerErrors, BreakerSettings, BreakerState, CallError},
};
use serde::Serialize;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// So many failures in a row open the breaker.
pub const FAILURES: u32 = 3;
/// The breaker stays open at most so many times as long as the first time.
const LONGEST: u32 = 12;

/// Rates from the dependency, or, while that does not work, the last ones it gave.
#[derive(Debug)]
pub struct Exchange {
    upstream: Upstream,
    breaker: Breaker,
    clock: Clock,
    last: Mutex<Option<(Arc<Rates>, Timestamp)>>,
}

/// Rates, and how far they can be trusted.
#[derive(Debug, Clone)]
pub struct Quote {
    /// The rates.
    pub rates: Arc<Rates>,
    /// Where they come from.
    pub source: Source,
    /// How old they are, in seconds.
    pub age_seconds: u64,
}

/// Where rates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The dependency, just now.
    Live,
    /// Memory, because the dependency failed or is left alone.
    Fallback,
}

/// The body of `GET /dependency`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    breaker: &'static str,
    calls: u32,
    failures: u32,
    /// Rounded up; 0 unless open.
    retry_in_seconds: u64,
}

impl Exchange {
    /// Asks this dependency; the breaker stays open for `open` at first.
    ///
    /// # Errors
    ///
    /// Where the time open is out of its bounds.
    pub fn new(upstream: Upstream, open: Duration, clock: Clock) -> Result<Self, BreakerErrors> {
        let settings = BreakerSettings::consecutive(FAILURES)
            .open(open, open.saturating_mul(LONGEST))
            .probe_deadline(crate::client::DEADLINE)
            .clock(clock.clone());
        let breaker = Breaker::new("rates", settings)?;
        Ok(Self { upstream, breaker, clock, last: Mutex::default() })
    }

    /// The best rates there are at the moment.
    ///
    /// # Errors
    ///
    /// Only where the dependency has never answered yet: 502 while it is asked, 503 while it is left alone.
    pub async fn quote(&self) -> Result<Quote, Denial> {
        let error = match self.breaker.call(|| self.upstream.rates()).await {
            Ok(rates) => {
                let rates = Arc::new(rates);
                *self.last() = Some((rates.clone(), self.clock.now().mono));
                return Ok(Quote { rates, source: Source::Live, age_seconds: 0 });
            }
            Err(error) => error,
        };
        if let CallError::Failed(fault) = &error {
            tracing::debug!(target: "reliability::exchange", cause = fault.root(), "{fault}");
        }
        self.remembered().ok_or_else(|| error.into())
    }

    fn remembered(&self) -> Option<Quote> {
        let (rates, at) = self.last().clone()?;
        let age_seconds = self.clock.now().mono.nanos_since(at) / 1_000_000_000;
        Some(Quote { rates, source: Source::Fallback, age_seconds })
    }

    /// How the dependency is doing.
    #[must_use]
    pub fn health(&self) -> Health {
        let seen = self.breaker.snapshot();
        Health {
            breaker: match seen.state {
                BreakerState::Closed | BreakerState::ForcedClosed => "closed",
                BreakerState::HalfOpen => "half-open",
                _ => "open",
            },
            calls: seen.calls,
            failures: seen.failures,
            retry_in_seconds: seen.retry_in.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX),
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<(Arc<Rates>, Timestamp)>> {
        // A list is replaced whole: there is no half-written one.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
