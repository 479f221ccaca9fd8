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
