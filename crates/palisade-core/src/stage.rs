//! How long the parts of a request took.

use crate::{clock::Timestamp, denial::Denial, facts::Facts, guard::Guard, reply::Reply};
use http::request;

/// A guard that lets everything pass and notes that a stage of the request ends here, under a name; it reads the clock once.
///
/// ```
/// use palisade_core::{Guard, Stage, gate, guard_fn};
///
/// let layer = gate(guard_fn(|_, _| Ok(())).then(Stage::new("address_limit")));
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage(&'static str);

impl Stage {
    /// The end of the stage of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

impl Guard for Stage {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        facts.note_stage(self.0);
        Reply::now(Ok(()))
    }
}

impl Facts {
    /// Notes that a stage ends now; the first eight are kept. Read by metrics, so names are few and the program's own.
    pub fn note_stage(&self, name: &'static str) {
        let ended = self.clock().now().mono;
        self.ledger().rare_or_new().stages.push(|| (name, ended));
    }

    /// The noted stages in their order, and when each ended.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, Timestamp)> + Clone {
        self.ledger().rare().into_iter().flat_map(|rare| rare.stages.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock, UnixTime};
    use std::time::Duration;

    #[test]
    fn stages_are_told_in_order_and_bounded() {
        let time = ManualClock::new(UnixTime::from_secs(1));
        let facts = Facts::new(Clock::manual(&time));
        let start = facts.now().mono;
        for _ in 0..10 {
            time.advance(Duration::from_nanos(5));
            facts.note_stage("stage");
        }
        let ends: Vec<_> = facts.stages().map(|(_, end)| end.nanos_since(start)).collect();
        assert_eq!(ends, (1..=8).map(|nth| nth * 5).collect::<Vec<_>>());
    }
}
