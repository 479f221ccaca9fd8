//! Load on a server in a process of its own: requests at their times, and what the process takes.

pub mod arrivals;
pub mod child;
pub mod connection;
pub mod figures;
pub mod process;
pub mod serving;

use std::time::Instant;

/// This moment; sockets know no manual clock.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "a measurement of time")]
pub fn now() -> Instant {
    Instant::now()
}
