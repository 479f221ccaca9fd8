//! Numbers that limits take.

use crate::error::{LimitError, LimitErrorKind};

/// Requests in flight that a limit can allow at most.
const MAX_IN_FLIGHT: u32 = 1_000_000;
/// Keys that can be counted at most.
const MAX_KEYS: usize = 20_000_000;

/// Whether so many requests in flight can be a limit.
///
/// # Errors
///
/// [`LimitErrorKind::InFlight`] where they cannot.
pub(crate) fn check_in_flight(limit: u32) -> Result<(), LimitError> {
    if (1..=MAX_IN_FLIGHT).contains(&limit) { Ok(()) } else { Err(LimitErrorKind::InFlight.into()) }
}

/// Whether there can be room for so many keys.
///
/// # Errors
///
/// [`LimitErrorKind::Capacity`] where there cannot.
pub(crate) fn check_capacity(keys: usize) -> Result<(), LimitError> {
    if (1..=MAX_KEYS).contains(&keys) { Ok(()) } else { Err(LimitErrorKind::Capacity.into()) }
}
