//! Where fixed windows begin.

use std::fmt;

/// Where fixed windows begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Align {
    /// At a point that depends on the key, so that not all clients come back at the same second.
    #[default]
    PerKeyOffset,
    /// At multiples of the period since 1970, such as whole minutes; the date is read when a window opens, so a step of the
    /// wall clock can make one window shorter.
    Epoch,
    /// At a key's first request.
    FirstHit,
    /// With the days, weeks (from Monday) or months of the calendar, at midnight by this distance from UTC. The period
    /// is a day, a week, or a [month](super::Period::month), which is then as long as the calendar says. As with
    /// [`Epoch`](Self::Epoch), the date is read when a window opens.
    Calendar(UtcOffset),
}

/// A fixed distance from UTC, in whole minutes, up to 14 hours either way; it knows no daylight saving time.
///
/// ```
/// use palisade_limit::UtcOffset;
///
/// assert_eq!(UtcOffset::from_minutes(-210).map(|offset| offset.to_string()), Some("-03:30".to_owned()));
/// assert_eq!(UtcOffset::from_minutes(15 * 60), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcOffset(i16);

impl UtcOffset {
    /// UTC itself.
    pub const UTC: Self = Self(0);

    /// So many minutes ahead of UTC, or behind it where negative; `None` beyond 14 hours.
    #[must_use]
    pub const fn from_minutes(minutes: i16) -> Option<Self> {
        if -FURTHEST <= minutes && minutes <= FURTHEST { Some(Self(minutes)) } else { None }
    }

    /// Minutes ahead of UTC.
    #[must_use]
    pub const fn minutes(self) -> i16 {
        self.0
    }
}

const FURTHEST: i16 = 14 * 60;

/// As RFC 3339 section 4.2 writes it: `+02:00`.
impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, minutes) = (if self.0 < 0 { '-' } else { '+' }, self.0.unsigned_abs());
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}
