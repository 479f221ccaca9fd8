//! The calls that a half-open breaker lets through.

use super::rules::{MAX_PROBES, Rules};
use palisade_core::Timestamp;

/// Probes under way since when, and how many went well.
#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    began: [Option<Timestamp>; MAX_PROBES],
    successes: u32,
}

impl Probes {
    /// A place for another probe: each success admits one more at a time, up to the most.
    pub(super) fn begin(&mut self, rules: &Rules, now: Timestamp) -> Option<usize> {
        let allowed = rules.first_probes.saturating_add(self.successes);
        // What would be more than needed to close is not a probe.
        let needed = rules.most_probes.saturating_sub(self.successes);
        if self.under_way() >= usize::try_from(allowed.min(needed)).unwrap_or(0) {
            return None;
        }
        let place = self.began.iter().position(Option::is_none)?;
        if let Some(began) = self.began.get_mut(place) {
            *began = Some(now);
        }
        Some(place)
    }

    /// Gives a place back.
    pub(super) fn end(&mut self, place: Option<usize>) {
        if let Some(began) = place.and_then(|place| self.began.get_mut(place)) {
            *began = None;
        }
    }

    /// Counts a success and says how many there are.
    pub(super) fn succeed(&mut self) -> u32 {
        self.successes = self.successes.saturating_add(1);
        self.successes
    }

    pub(super) fn under_way(&self) -> usize {
        self.began.iter().flatten().count()
    }

    /// When the first probe that takes too long became overdue.
    pub(super) fn overdue(&self, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
        let first = self.began.iter().flatten().min()?.plus_nanos(rules.probe_deadline);
        (first <= now).then_some(first)
    }
}
