//! Why something is no quota.

use std::fmt;

/// Why something is no quota, and where it says so.
///
/// Its `Display` is several lines when the quota was text: the reason, the text, and a caret under the place.
///
/// ```
/// use palisade_limit::{Quota, QuotaErrorKind};
///
/// let error = "5/fortnight".parse::<Quota>().unwrap_err();
/// assert_eq!((error.kind(), error.at()), (QuotaErrorKind::UnknownUnit, Some(2)));
/// assert_eq!(
///     error.to_string(),
///     "unknown unit; expected second, minute, hour, day, week, month or year (byte 2)\n  5/fortnight\n    ^"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaError {
    kind: QuotaErrorKind,
    /// The reason with names in it, where the kind alone does not tell enough.
    reason: Option<Box<str>>,
    place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    at: usize,
    text: Box<str>,
}

impl QuotaError {
    pub(super) fn at_byte(kind: QuotaErrorKind, at: usize, text: &str) -> Self {
        Self::from(kind).placed(at, text)
    }

    pub(super) fn because(kind: QuotaErrorKind, reason: String) -> Self {
        Self { reason: Some(reason.into()), ..kind.into() }
    }

    pub(super) fn placed(self, at: usize, text: &str) -> Self {
        Self { place: Some(Place { at, text: text.into() }), ..self }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> QuotaErrorKind {
        self.kind
    }

    /// The byte at which the text goes wrong, where there was a text.
    #[must_use]
    pub fn at(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.at)
    }
}

impl From<QuotaErrorKind> for QuotaError {
    fn from(kind: QuotaErrorKind) -> Self {
        Self { kind, reason: None, place: None }
    }
}

impl fmt::Display for QuotaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => f.write_str(reason)?,
            None => self.kind.fmt(f)?,
        }
        let Some(Place { at, text }) = &self.place else { return Ok(()) };
        write!(f, " (byte {at})\n  ")?;
        let mut caret = 2;
        for (shown, (byte, char)) in text.char_indices().enumerate() {
            // A long text is cut, and what would move the cursor is shown as a dot, so that the caret stays under its place.
            if shown == SHOWN_AT_MOST {
                f.write_str("…")?;
                break;
            }
            fmt::Write::write_char(f, if char.is_control() { '.' } else { char })?;
            caret += usize::from(byte < *at);
        }
        write!(f, "\n{:caret$}^", "")
    }
}

impl std::error::Error for QuotaError {}

const SHOWN_AT_MOST: usize = 160;

/// What is wrong with a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaErrorKind {
    /// There is no quota at all.
    Empty,
    /// A number is missing.
    ExpectedNumber,
    /// A number does not fit 32 bits.
    NumberTooLarge,
    /// `/` or `per` is missing.
    ExpectedPer,
    /// The unit is none of second, minute, hour, day, week, month, year.
    UnknownUnit,
    /// Something stands where nothing or an option may stand.
    UnexpectedText,
    /// The same option twice.
    RepeatedOption,
    /// More than one of `fixed`, `sliding` and `strict`.
    TwoAlgorithms,
    /// The distance from UTC is no `+hh:mm` or `-hh:mm` up to 14 hours.
    UtcOffset,
    /// The count is zero; refuse everything in another way.
    ZeroCount,
    /// The period is zero.
    ZeroPeriod,
    /// The burst is zero: nothing could ever pass.
    ZeroBurst,
    /// The period is longer than 3,650 days.
    PeriodTooLong,
    /// More than 1,000,000 units a second.
    TooFast,
    /// The whole burst would take longer than 3,650 days to come back.
    BurstTooLong,
    /// A window has no burst.
    BurstInWindow,
    /// A sliding log of more than 1,000.
    LogTooLong,
    /// A calendar window that is not one day, one week or one month.
    CalendarPeriod,
    /// More than eight quotas.
    TooMany,
    /// The same quota twice in one list.
    Repeated,
    /// A quota that can never refuse, because another one in the list always refuses first.
    Unreachable,
}

impl fmt::Display for QuotaErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty quota; expected something like `5/minute`",
            Self::ExpectedNumber => "expected a number",
            Self::NumberTooLarge => "number too large; at most 4294967295",
            Self::ExpectedPer => "expected `/` or `per` after the count",
            Self::UnknownUnit => "unknown unit; expected second, minute, hour, day, week, month or year",
            Self::UnexpectedText => {
                "unexpected text; expected `burst`, `fixed`, `sliding`, `strict`, a separator or the end"
            }
            Self::RepeatedOption => "the same option twice",
            Self::TwoAlgorithms => "two ways of counting; choose one of `fixed`, `sliding` and `strict`",
            Self::UtcOffset => "expected a distance from UTC like `+02:00`, at most 14 hours",
            Self::ZeroCount => "the count must be at least 1",
            Self::ZeroPeriod => "the period must be at least 1 second",
            Self::ZeroBurst => "the burst must be at least 1",
            Self::PeriodTooLong => "the period must be at most 3650 days",
            Self::TooFast => "too fast; at most 1000000 a second",
            Self::BurstTooLong => "the burst would take more than 3650 days to come back",
            Self::BurstInWindow => "a window has no burst; its count is all it admits",
            Self::LogTooLong => {
                "a sliding log remembers each request; its count is at most 1000, `sliding` alone knows no such bound"
            }
            Self::CalendarPeriod => "a calendar window is one day, one week or one month",
            Self::TooMany => "too many quotas; at most 8",
            Self::Repeated => "the same quota twice",
            Self::Unreachable => "a quota that can never refuse, because another one always refuses first",
        })
    }
}

impl std::error::Error for QuotaErrorKind {}
