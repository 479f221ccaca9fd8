//! What a look at a breaker finds.

use super::{state::Look, transition::BreakerState};
use std::time::Duration;

/// A breaker at one moment, for health pages and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerSnapshot {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub state: BreakerState,
    /// Calls in its window, without those that count as neither.
    pub calls: u32,
    /// How many of them failed.
    pub failures: u32,
    /// How many of them were slow.
    pub slow: u32,
    /// Probes under way.
    pub probes: usize,
    /// Calls that it admits, in percent: less than 100 closed means that it is recovering.
    pub admits_percent: u8,
    /// How long it stays open; zero where it is not, the first time open where only a hand closes it.
    pub retry_in: Duration,
}

impl BreakerSnapshot {
    pub(super) fn of(name: &'static str, look: &Look) -> Self {
        Self {
            name,
            state: look.state,
            calls: look.tally.calls,
            failures: look.tally.failures,
            slow: look.tally.slow,
            probes: look.probes,
            admits_percent: u8::try_from(look.share / 10).unwrap_or(100),
            retry_in: Duration::from_nanos(look.wait),
        }
    }
}
