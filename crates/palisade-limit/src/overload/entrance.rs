//! A gauge, and what is said where it is full.

use super::{gauge::Gauge, seat::Seat};
use crate::roll::{Roll, UNREAD};
use palisade_core::{Denial, DenialKind, Facts};
use serde_json::json;
use std::{fmt, sync::Arc, time::Duration};

/// Lets so many requests in. The refusal is made once and copied, because it is given when there is no time.
#[derive(Clone)]
pub(super) struct Entrance {
    gauge: Arc<Gauge>,
    roll: Arc<Roll<Seat>>,
    unread: Duration,
    refusal: Denial,
}

impl Entrance {
    pub(super) fn new(limit: u32, reason: &'static str) -> Self {
        let refusal =
            Denial::new(DenialKind::Overloaded).because(reason).with_details(json!({ "kind": "overloaded" }));
        Self { gauge: Arc::new(Gauge::new(limit)), roll: Arc::new(Roll::new()), unread: UNREAD, refusal }
    }

    /// The same requests, and room for another number of them.
    pub(super) fn with_limit(&self, limit: u32) -> Self {
        Self { gauge: Arc::new(self.gauge.with_limit(limit)), ..self.clone() }
    }

    pub(super) fn retry_after(mut self, seconds: u32) -> Self {
        self.refusal = self.refusal.retry_after(seconds.into());
        self
    }

    /// How long a response may wait for its reader before its seat is given to another.
    pub(super) fn unread(mut self, time: Duration) -> Self {
        self.unread = time;
        self
    }

    /// What that is.
    pub(super) const fn unread_time(&self) -> Duration {
        self.unread
    }

    /// What refused clients are told.
    pub(super) fn seconds(&self) -> u32 {
        self.refusal.retry_after_seconds().and_then(|seconds| seconds.try_into().ok()).unwrap_or(1)
    }

    /// Lets the request in until its response is over.
    #[inline]
    pub(super) fn admit(&self, facts: &Facts) -> Result<(), Denial> {
        if facts.holds(|seat: &Seat| seat.is_at(&self.gauge)) {
            return Ok(());
        }
        match Seat::take(&self.gauge).or_else(|| self.take_back(facts)) {
            Some(seat) => {
                let seat = Arc::new(seat);
                self.roll.enlist(&seat);
                facts.hold_permit(seat);
                Ok(())
            }
            None => Err(self.refusal.clone()),
        }
    }

    /// A seat of those whose responses nobody reads.
    #[cold]
    fn take_back(&self, facts: &Facts) -> Option<Seat> {
        let found = self.roll.sweep(facts.now().mono, self.unread);
        found.then(|| Seat::take(&self.gauge)).flatten()
    }

    pub(super) fn limit(&self) -> u32 {
        self.gauge.limit()
    }

    pub(super) fn count(&self) -> u32 {
        self.gauge.count()
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.count(), self.limit())
    }
}
