//! How long a body may take.

use std::{fmt, time::Duration};

/// How long a body may take where a route says nothing else: 30 seconds from the first wait for it to its end.
pub const DEFAULT_BODY_DEADLINE: Duration = Duration::from_secs(30);
/// What a client must send in a second, at least, where a route says nothing else, in bytes; looked at every five seconds.
pub const DEFAULT_BODY_RATE: u32 = 128;

/// A deadline and a rate; waiting counts, and what a handler takes for itself does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) deadline: Option<Duration>,
    /// Bytes in a second.
    pub(crate) rate: u32,
}

impl Pace {
    pub(crate) const DEFAULT: Self = Self { deadline: Some(DEFAULT_BODY_DEADLINE), rate: DEFAULT_BODY_RATE };
    pub(crate) const ANY: Self = Self { deadline: None, rate: 0 };

    /// The longest deadline that is one: a day.
    pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
}

/// What a policy says of the pace itself; the rest may be said for all routes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnPace {
    pub(crate) deadline: Option<Option<Duration>>,
    pub(crate) rate: Option<u32>,
}

impl OwnPace {
    pub(crate) const NONE: Self = Self { deadline: None, rate: None };
    pub(crate) const ANY: Self = Self { deadline: Some(Pace::ANY.deadline), rate: Some(Pace::ANY.rate) };

    /// With what holds where nothing is said.
    pub(crate) fn pace(self) -> Pace {
        Pace {
            deadline: self.deadline.unwrap_or(Pace::DEFAULT.deadline),
            rate: self.rate.unwrap_or(Pace::DEFAULT.rate),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.deadline {
            Some(deadline) => write!(f, "body within {deadline:?}")?,
            None => f.write_str("body at any pace")?,
        }
        if self.rate != DEFAULT_BODY_RATE && self.deadline.is_some() {
            write!(f, " at {} B/s", self.rate)?;
        }
        Ok(())
    }
}
