//! What came of one attack.

use std::collections::BTreeSet;

/// What came of all inputs of one id in one group.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// A word for what is attacked, such as `credentials`.
    pub group: &'static str,
    /// The stable id, such as `A029`.
    pub id: &'static str,
    /// What is tried, in a few words.
    pub title: &'static str,
    /// The distinct inputs that were tried, by a word each; each was tried at every route that it concerns.
    pub inputs: BTreeSet<String>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// Why it was not tried, or not in full.
    pub lacks: Vec<String>,
}

/// One input that did not meet what it should.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Which input.
    pub input: String,
    /// What was sent, with credentials blotted out.
    pub sent: String,
    /// What should have come.
    pub expected: String,
    /// What came instead.
    pub got: String,
}

impl Outcome {
    /// Whether something was tried and nothing went wrong.
    #[must_use]
    pub fn held(&self) -> bool {
        self.failures.is_empty() && !self.inputs.is_empty()
    }

    /// Whether nothing of it could be tried.
    #[must_use]
    pub fn is_not_applicable(&self) -> bool {
        self.failures.is_empty() && self.inputs.is_empty()
    }
}
