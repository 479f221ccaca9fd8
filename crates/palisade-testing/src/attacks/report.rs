//! What came of a run.

use super::{outcome::Outcome, table};
use std::{collections::BTreeSet, fmt};

/// What came of all attacks, by group and id.
#[derive(Clone, Debug, Default)]
#[must_use = "look at what failed: `assert_held`"]
pub struct Report {
    outcomes: Vec<Outcome>,
    /// How many requests were sent.
    requests: u64,
}

impl Report {
    /// Everything, in the order of the groups.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The ids of attacks that got through, each once, in order.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        self.ids(|outcome| !outcome.failures.is_empty())
    }

    /// The ids of attacks that were tried and held, each once, in order.
    #[must_use]
    pub fn held(&self) -> Vec<&'static str> {
        let failed = self.failed();
        let mut ids = self.ids(Outcome::held);
        ids.retain(|id| !failed.contains(id));
        ids
    }

    /// The ids of attacks of which nothing could be tried, each once, in order.
    #[must_use]
    pub fn not_applicable(&self) -> Vec<&'static str> {
        let tried = self.ids(|outcome| !outcome.is_not_applicable());
        let mut ids = self.ids(Outcome::is_not_applicable);
        ids.retain(|id| !tried.contains(id));
        ids
    }

    /// How many attacks were tried: ids times distinct inputs. What the same input met at several routes is one.
    #[must_use]
    pub fn attacks(&self) -> usize {
        self.outcomes.iter().map(|outcome| outcome.inputs.len()).sum()
    }

    /// How many requests were sent for them.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// For tests: nothing may have got through, and something must have been tried.
    ///
    /// # Panics
    ///
    /// Otherwise, with the table.
    pub fn assert_held(&self) {
        assert!(self.failed().is_empty(), "\n{self}");
        assert!(self.attacks() > 0, "nothing was tried\n{self}");
    }

    fn ids(&self, is: impl Fn(&Outcome) -> bool) -> Vec<&'static str> {
        let ids: BTreeSet<_> = self.outcomes.iter().filter(|outcome| is(outcome)).map(|it| it.id).collect();
        ids.into_iter().collect()
    }

    /// The outcome of this id in this group, made where there is none yet.
    pub(crate) fn outcome(
        &mut self,
        group: &'static str,
        id: &'static str,
        title: &'static str,
    ) -> &mut Outcome {
        let at = self.outcomes.iter().position(|outcome| (outcome.group, outcome.id) == (group, id));
        let at = at.unwrap_or_else(|| {
            let (inputs, failures, lacks) = (BTreeSet::new(), Vec::new(), Vec::new());
            self.outcomes.push(Outcome { group, id, title, inputs, failures, lacks });
            self.outcomes.len() - 1
        });
        // It is there, or was pushed.
        &mut self.outcomes[at]
    }

    pub(crate) const fn count(&mut self, requests: u64) {
        self.requests += requests;
    }

    /// Groups together and ids in order within each.
    pub(crate) fn sort(&mut self) {
        let mut groups: Vec<&str> = Vec::new();
        for outcome in &self.outcomes {
            if !groups.contains(&outcome.group) {
                groups.push(outcome.group);
            }
        }
        self.outcomes.sort_by_key(|it| (groups.iter().position(|group| *group == it.group), it.id));
    }
}

/// One line an id, by group; below one that got through, what was sent, expected and got.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(&self.outcomes, f)?;
        let (held, failed, rest) = (self.held().len(), self.failed().len(), self.not_applicable().len());
        write!(
            f,
            "{held} ids held, {failed} FAILED, {rest} not applicable; {} attacks (ids times distinct inputs) in {} requests",
            self.attacks(),
            self.requests
        )
    }
}
