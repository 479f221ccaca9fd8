//! The right to make one call.

use super::{circuit::Circuit, state::Ticket, transition::CallOutcome};
use std::{fmt, sync::Arc, thread};

/// The right to make one call, and the duty to say what it came to.
///
/// Dropped without a word it means *cancelled*: that counts neither as success nor as failure, and gives the place of a
/// half-open breaker's probe back. Dropped because the thread panics it means *failure*. It holds no lock.
#[must_use = "a permit that is dropped means that the call was cancelled"]
pub struct Permit {
    circuit: Arc<Circuit>,
    ticket: Option<Ticket>,
    /// The thread was panicking already when the call began, so a panic says nothing about the call.
    panicking: bool,
}

impl Permit {
    pub(super) fn new(circuit: Arc<Circuit>, ticket: Ticket) -> Self {
        Self { circuit, ticket: Some(ticket), panicking: thread::panicking() }
    }

    /// The call did its work; a slow one may still count against the dependency.
    pub fn success(self) {
        self.settle(CallOutcome::Success);
    }

    /// The call failed.
    pub fn failure(self) {
        self.settle(CallOutcome::Failure);
    }

    /// The call came to this.
    pub fn settle(mut self, outcome: CallOutcome) {
        self.report(outcome);
    }

    fn report(&mut self, outcome: CallOutcome) {
        if let Some(ticket) = self.ticket.take() {
            self.circuit.settle(&ticket, outcome);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let panicked = thread::panicking() && !self.panicking;
        self.report(if panicked { CallOutcome::Failure } else { CallOutcome::Neither });
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("breaker", &self.circuit.name).finish_non_exhaustive()
    }
}
