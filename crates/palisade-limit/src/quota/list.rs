//! Several quotas that hold together.

use super::{
    error::{QuotaError, QuotaErrorKind},
    grammar,
    rate::{Quota, Rate},
};
use std::{fmt, str::FromStr};

/// The most quotas that one limit can have.
pub const MAX_QUOTAS: usize = 8;

/// One to eight quotas that hold together: a request passes when all of them have room, and is charged to all or to none.
///
/// The text is that of the Python library `limits`, with a few words more:
///
/// ```text
/// quotas = quota *( ( ";" | "," | "|" ) quota )
/// quota  = count ( "/" | "per" ) [ n ] unit *option
/// unit   = ( "second" | "minute" | "hour" | "day" | "week" | "month" | "year" ) [ "s" ]
/// option = "burst" n | "fixed" [ align ] | "sliding" [ "counter" | "log" ] | "strict"
/// align  = "per-key" | "epoch" | "first-hit" | "calendar" [ ( "+" | "-" ) hh ":" mm ]
/// ```
///
/// Case and spaces do not matter. A month is 30 days, a year 360. Without options a quota is a bucket whose burst is its
/// count; `fixed` counts in [fixed windows](crate::Align), `sliding` in a [sliding window](crate::Algorithm::SlidingCounter), and
/// `sliding log`, or `strict` for short, [exactly](crate::Algorithm::SlidingLog). A `calendar` window is one day, one week or one
/// month of the calendar.
///
/// A quota that could never refuse is a mistake: of two with the same period and the same way of counting, one must have the
/// smaller count and the other the smaller burst.
///
/// ```
/// use palisade_limit::Quotas;
///
/// let quotas: Quotas = "100 per hour; 2000 per day, 1 per 15 minutes fixed".parse()?;
/// assert_eq!(quotas.len(), 3);
/// assert_eq!(quotas.to_string(), "100/hour; 2000/day; 1 per 15 minutes fixed");
/// # Ok::<(), palisade_limit::QuotaError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Quotas(Vec<Quota>);

impl Quotas {
    /// A list of quotas.
    ///
    /// # Errors
    ///
    /// When there is none, when there are more than eight, when one stands there twice, or when one could never refuse.
    pub fn new(quotas: impl IntoIterator<Item = Quota>) -> Result<Self, QuotaError> {
        let mut list = Self(Vec::new());
        for quota in quotas {
            list.push(quota)?;
        }
        if list.0.is_empty() { Err(QuotaErrorKind::Empty.into()) } else { Ok(list) }
    }

    /// The quotas, in the order in which they were given.
    pub fn iter(&self) -> std::slice::Iter<'_, Quota> {
        self.0.iter()
    }

    /// How many there are, 1 to 8.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a list of quotas is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn push(&mut self, quota: Quota) -> Result<(), QuotaError> {
        if self.0.len() == MAX_QUOTAS {
            return Err(QuotaErrorKind::TooMany.into());
        }
        if self.0.contains(&quota) {
            return Err(QuotaErrorKind::Repeated.into());
        }
        for other in &self.0 {
            for (idle, busy) in [(other, &quota), (&quota, other)] {
                if is_idle_beside(idle, busy) {
                    let reason = format!(
                        "`{idle}` can never refuse, because `{busy}` always refuses first; remove one"
                    );
                    return Err(QuotaError::because(QuotaErrorKind::Unreachable, reason));
                }
            }
        }
        self.0.push(quota);
        Ok(())
    }
}

/// Whether `busy` refuses whatever `idle` would. Told for quotas that count alike over the same period; others may depend on one
/// another in ways that only time shows.
fn is_idle_beside(idle: &Quota, busy: &Quota) -> bool {
    idle.algorithm() == busy.algorithm()
        && idle.period() == busy.period()
        && idle.count() >= busy.count()
        && idle.capacity() >= busy.capacity()
}

impl<'a> IntoIterator for &'a Quotas {
    type Item = &'a Quota;
    type IntoIter = std::slice::Iter<'a, Quota>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Quota> for Quotas {
    fn from(quota: Quota) -> Self {
        Self(vec![quota])
    }
}

impl TryFrom<Rate> for Quotas {
    type Error = QuotaError;

    fn try_from(rate: Rate) -> Result<Self, QuotaError> {
        Ok(rate.quota()?.into())
    }
}

impl FromStr for Quotas {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        let bytes = text.as_bytes();
        let (mut list, mut at) = (Self(Vec::new()), 0);
        loop {
            let start = grammar::skip_space(bytes, at);
            let read = grammar::quota(bytes, start);
            let (quota, end) = read.map_err(|(kind, at)| QuotaError::at_byte(kind, at, text))?;
            list.push(quota).map_err(|error| error.placed(start, text))?;
            match bytes.get(end) {
                None => return Ok(list),
                Some(b';' | b',' | b'|') => at = end + 1,
                Some(_) => return Err(QuotaError::at_byte(QuotaErrorKind::UnexpectedText, end, text)),
            }
        }
    }
}

impl TryFrom<&str> for Quotas {
    type Error = QuotaError;

    fn try_from(text: &str) -> Result<Self, QuotaError> {
        text.parse()
    }
}

impl TryFrom<&String> for Quotas {
    type Error = QuotaError;

    fn try_from(text: &String) -> Result<Self, QuotaError> {
        text.parse()
    }
}

impl TryFrom<String> for Quotas {
    type Error = QuotaError;

    fn try_from(text: String) -> Result<Self, QuotaError> {
        text.parse()
    }
}

/// The normal form, which reads back as the same list.
impl fmt::Display for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, quota) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            quota.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quotas({self})")
    }
}
