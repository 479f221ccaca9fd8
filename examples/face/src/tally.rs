//! The guard that counts.

use crate::{migration::Migration, stats::Counter};
use http::request;
use palisade::{Denial, Facts, Guard, Reply};
use std::sync::Arc;

/// Admits everything that its route's policy has let through, and writes it down.
#[derive(Debug, Clone)]
pub struct Tally {
    requests: Counter,
    migration: Arc<Migration>,
}

impl Tally {
    /// Counts requests here, and would-be refusals there.
    #[must_use]
    pub const fn new(requests: Counter, migration: Arc<Migration>) -> Self {
        Self { requests, migration }
    }
}

impl Guard for Tally {
    type Pass = ();

    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        self.requests.add();
        self.migration.note(facts);
        Reply::now(Ok(()))
    }
}
