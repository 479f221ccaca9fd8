//! Moments as numbers.

use crate::failure::Failure;
use palisade_core::UnixTime;

/// As SQL counts, where nothing is lost: until the year 2262.
#[cfg(feature = "login")]
pub(super) fn number(at: UnixTime) -> Option<i64> {
    i64::try_from(at.as_nanos()).ok()
}

pub(super) fn moment(number: i64) -> Result<UnixTime, Failure> {
    u64::try_from(number).map(UnixTime::from_nanos).map_err(|_| Failure::Corrupt("time"))
}
