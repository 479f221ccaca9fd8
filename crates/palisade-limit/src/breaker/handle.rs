//! The breaker itself.

use super::{
    circuit::Circuit,
    error::{BreakerError, BreakerErrors},
    permit::Permit,
    settings::BreakerSettings,
    snapshot::BreakerSnapshot,
    state::Refused,
    transition::BreakerState,
};
use palisade_core::{Denial, DenialKind};
use serde_json::json;
use std::{fmt, sync::Arc};

/// Refuses calls to something that keeps failing, until it works again; clones are one breaker.
///
/// ```
/// use palisade_core::{Clock, ManualClock, UnixTime};
/// use palisade_limit::breaker::{Breaker, BreakerSettings, BreakerState};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), palisade_limit::breaker::BreakerErrors> {
/// let time = ManualClock::new(UnixTime::from_secs(1_700_000_000));
/// let billing = Breaker::new("billing", BreakerSettings::consecutive(2).clock(Clock::manual(&time)))?;
/// for _ in 0..2 {
///     billing.acquire().unwrap().failure();
/// }
/// let refused = billing.acquire().unwrap_err();
/// assert_eq!((refused.kind().status().as_u16(), refused.retry_after_seconds()), (503, Some(60)));
///
/// time.advance(Duration::from_secs(60));
/// billing.acquire().unwrap().success();
/// assert_eq!(billing.state(), BreakerState::Closed);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Breaker(Arc<Circuit>);

impl Breaker {
    /// A closed breaker. Its name stands in events and metrics; it is a constant, so that no stranger can make more of them.
    ///
    /// # Errors
    ///
    /// All mistakes in the name and the settings at once.
    pub fn new(name: &'static str, settings: BreakerSettings) -> Result<Self, BreakerErrors> {
        let name_is_good = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\');
        let (rules_are_good, rules, clock, events) = settings.checked();
        BreakerErrors::join(BreakerErrors::unless([(name_is_good, BreakerError::Name)]), rules_are_good)?;
        Ok(Self(Arc::new(Circuit::new(name, rules, clock, events))))
    }

    /// A breaker that opens after so many failures in a row; see [`BreakerSettings::consecutive`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn consecutive(name: &'static str, failures: u32) -> Result<Self, BreakerErrors> {
        Self::new(name, BreakerSettings::consecutive(failures))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The right to make one call.
    ///
    /// # Errors
    ///
    /// 503 where the breaker is open, where as many probes are under way as may be, and to the share of calls that must wait
    /// after recovery. `Retry-After` is what remains of the time open, rounded up, at least 1 (RFC 9110 §10.2.3).
    pub fn acquire(&self) -> Result<Permit, Denial> {
        match self.0.admit() {
            Ok(ticket) => Ok(Permit::new(self.0.clone(), ticket)),
            Err(refused) => Err(denial(refused)),
        }
    }

    /// Where it stands now.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.snapshot().state
    }

    /// What it knows now.
    #[must_use]
    pub fn snapshot(&self) -> BreakerSnapshot {
        BreakerSnapshot::of(self.0.name, &self.0.look())
    }

    /// Opens it by hand: every call is refused until [`force_closed`](Self::force_closed) or [`reset`](Self::reset).
    pub fn force_open(&self) {
        self.0.with(|state, _, told| state.force_open(told));
    }

    /// Closes it by hand: every call passes, whatever it comes to, until [`force_open`](Self::force_open) or
    /// [`reset`](Self::reset).
    pub fn force_closed(&self) {
        self.0.with(|state, _, told| state.force_closed(told));
    }

    /// Closes it and forgets everything; from here on it decides for itself again.
    pub fn reset(&self) {
        self.0.with(|state, _, told| state.reset(told));
    }
}

#[cold]
fn denial(refused: Refused) -> Denial {
    Denial::new(DenialKind::Unavailable)
        .because(refused.reason)
        .with_details(json!({ "kind": "circuit_open" }))
        .retry_after(refused.wait.div_ceil(1_000_000_000))
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("name", &self.0.name).finish_non_exhaustive()
    }
}
