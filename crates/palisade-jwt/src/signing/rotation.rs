//! When keys follow one another.

use std::{ops::RangeInclusive, time::Duration};

/// When a key follows another, and how long the old one goes on verifying.
///
/// A key is published before it signs: half a period, but no longer than a day. After its successor signs it verifies for as
/// long as its last token lives, as others keep the published set, and five minutes for clocks. So no token is refused
/// because keys were rotated.
///
/// ```
/// use palisade_jwt::Rotation;
/// use std::time::Duration;
///
/// let weekly = Rotation::every(Duration::from_secs(7 * 86_400));
/// assert_eq!(weekly.lead(), Duration::from_secs(86_400));
/// assert_eq!(weekly.overlap(), Duration::from_secs(86_400 + 600 + 300));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    period: Duration,
    longest_token: Duration,
    max_age: Duration,
}

/// What is wrong with a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// A key signs for an hour to 366 days.
    #[error("keys are rotated every 1 hour to 366 days")]
    Period,
    /// A token lives for a second to 24 hours.
    #[error("the longest token lives 1 second to 24 hours")]
    LongestToken,
    /// Others keep the published set for a minute to 24 hours.
    #[error("the published set is kept 1 minute to 24 hours")]
    MaxAge,
    /// A key must be known to others before it signs.
    #[error(
        "a period must be at least four times as long as others keep the published set, and four minutes more"
    )]
    TooFast,
}

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const PERIOD: RangeInclusive<Duration> = HOUR..=Duration::from_secs(366 * 86_400);
const LONGEST_TOKEN: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
const MAX_AGE: RangeInclusive<Duration> = Duration::from_secs(60)..=DAY;
/// The largest leeway that a verifier may give.
const LEEWAY: Duration = Duration::from_secs(300);

impl Rotation {
    /// A new key signs every so often, an hour to 366 days; 30 days unless said otherwise.
    #[must_use]
    pub const fn every(period: Duration) -> Self {
        Self { period, longest_token: DAY, max_age: Duration::from_secs(600) }
    }

    /// The longest life of a token that is signed with these keys, up to 24 hours, which it is unless said otherwise.
    #[must_use]
    pub const fn longest_token(mut self, life: Duration) -> Self {
        self.longest_token = life;
        self
    }

    /// How long others may keep the published set, a minute to 24 hours; 10 minutes unless said otherwise.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// For how long a key signs.
    #[must_use]
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// How long before it signs a key is published.
    #[must_use]
    pub fn lead(&self) -> Duration {
        (self.period / 2).min(DAY)
    }

    /// How long a key verifies after its successor signs.
    #[must_use]
    pub const fn overlap(&self) -> Duration {
        self.longest_token.saturating_add(self.max_age).saturating_add(LEEWAY)
    }

    pub(super) const fn longest(&self) -> Duration {
        self.longest_token
    }

    pub(super) const fn age(&self) -> Duration {
        self.max_age
    }

    pub(super) fn check(&self) -> Result<(), RotationError> {
        if !PERIOD.contains(&self.period) {
            return Err(RotationError::Period);
        }
        if !LONGEST_TOKEN.contains(&self.longest_token) {
            return Err(RotationError::LongestToken);
        }
        if !MAX_AGE.contains(&self.max_age) {
            return Err(RotationError::MaxAge);
        }
        if self.lead() < self.max_age * 2 + Duration::from_secs(120) {
            return Err(RotationError::TooFast);
        }
        Ok(())
    }
}

impl Default for Rotation {
    fn default() -> Self {
        Self::every(DAY * 30)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rotation: Rotation, expected: Result<(), RotationError>) {
        assert_eq!(rotation.check(), expected, "{rotation:?}");
    }

    #[test]
    fn schedules_have_bounds() {
        let secs = Duration::from_secs;
        check(Rotation::default(), Ok(()));
        check(Rotation::every(HOUR), Ok(()));
        check(Rotation::every(secs(3_599)), Err(RotationError::Period));
        check(Rotation::every(DAY * 367), Err(RotationError::Period));
        check(Rotation::default().longest_token(DAY + secs(1)), Err(RotationError::LongestToken));
        check(Rotation::default().longest_token(Duration::ZERO), Err(RotationError::LongestToken));
        check(Rotation::default().max_age(secs(59)), Err(RotationError::MaxAge));
        check(Rotation::default().max_age(DAY), Err(RotationError::TooFast));
        check(Rotation::every(HOUR).max_age(secs(841)), Err(RotationError::TooFast));
        check(Rotation::every(HOUR).max_age(secs(840)), Ok(()));
    }
}
