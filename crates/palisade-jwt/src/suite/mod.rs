//! The laws that every store obeys.
//!
//! Each macro makes a test of each function of its module: [`revocations_suite!`](crate::revocations_suite!).

#[cfg(feature = "login")]
pub mod refresh;
pub mod revocations;
#[cfg(feature = "login")]
mod sample;
#[cfg(feature = "login")]
pub mod users;

/// Waits for a future on this thread.
pub use palisade_core::wait as run;
