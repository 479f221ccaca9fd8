//! Why a breaker cannot be set up.

use std::{error::Error, fmt};

/// What is wrong with a breaker's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerError {
    /// A name is 1 to 64 printable ASCII characters without `"` and `\`.
    Name,
    /// A name stands twice in one set.
    NameTwice,
    /// A set has 1 to 1,024 names.
    Names,
    /// A window is 100 ms to 1 h, or 1 to 10,000 calls.
    Window,
    /// A window of calls has fewer calls than a rule needs.
    WindowTooShort,
    /// Neither failures nor slow calls would open it.
    NoRule,
    /// The minimum of calls is 1 to 10,000.
    MinCalls,
    /// Failures in a row are 1 to 1,000.
    Consecutive,
    /// The failure rate is 1 to 100 percent.
    FailureRate,
    /// The rate of slow calls is 1 to 100 percent.
    SlowRate,
    /// A slow call takes 1 ms to 1 h.
    SlowCall,
    /// It stays open for 100 ms to 1 h.
    OpenTime,
    /// The longest time open is no shorter than the first, and at most 1 h.
    LongestOpenTime,
    /// Jitter is 0 to 50 percent.
    Jitter,
    /// Probes are 1 to 16, at first no more than at most.
    Probes,
    /// A probe has 1 ms to 1 h.
    ProbeDeadline,
    /// The ramp is at most 1 h.
    Ramp,
}

impl fmt::Display for BreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => {
                "the name of a breaker is 1 to 64 printable ASCII characters without quotes and backslashes"
            }
            Self::NameTwice => "two breakers of a set have one name",
            Self::Names => "a set of breakers has 1 to 1024 names",
            Self::Window => "a window is 100 ms to 1 h, or 1 to 10000 calls",
            Self::WindowTooShort => {
                "a window of calls must hold the minimum of calls and the failures in a row"
            }
            Self::NoRule => {
                "nothing would open it: set failures in a row, a failure rate or a rate of slow calls"
            }
            Self::MinCalls => "the minimum of calls is 1 to 10000",
            Self::Consecutive => "failures in a row are 1 to 1000",
            Self::FailureRate => "the failure rate is 1 to 100 percent",
            Self::SlowRate => "the rate of slow calls is 1 to 100 percent",
            Self::SlowCall => "a slow call takes 1 ms to 1 h",
            Self::OpenTime => "a breaker stays open for 100 ms to 1 h",
            Self::LongestOpenTime => "the longest time open is no shorter than the first, and at most 1 h",
            Self::Jitter => "jitter is 0 to 50 percent",
            Self::Probes => "probes are 1 to 16, and at first no more than at most",
            Self::ProbeDeadline => "a probe has 1 ms to 1 h",
            Self::Ramp => "the ramp is at most 1 h",
        })
    }
}

impl Error for BreakerError {}

/// Every mistake in a breaker's settings, at least one.
#[derive(Clone, PartialEq, Eq)]
pub struct BreakerErrors(Vec<BreakerError>);

impl BreakerErrors {
    /// The mistakes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &BreakerError> {
        self.0.iter()
    }

    /// The errors of those demands that do not hold, each once.
    pub(super) fn unless(demands: impl IntoIterator<Item = (bool, BreakerError)>) -> Result<(), Self> {
        let mut errors = Vec::new();
        for (holds, error) in demands {
            if !holds && !errors.contains(&error) {
                errors.push(error);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// The mistakes of both.
    pub(super) fn join(a: Result<(), Self>, b: Result<(), Self>) -> Result<(), Self> {
        let all = [a, b].into_iter().filter_map(Result::err).flat_map(|errors| errors.0);
        Self::unless(all.map(|error| (false, error)))
    }
}

impl fmt::Display for BreakerErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns the error prints.
impl fmt::Debug for BreakerErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for BreakerErrors {}
