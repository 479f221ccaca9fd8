//! The text of a quota; the grammar stands at [`Quotas`](crate::Quotas).

use super::{
    error::{QuotaError, QuotaErrorKind},
    rate::{Algorithm, Align, Period, Quota, Rate},
};
use std::{fmt, str::FromStr};

/// A mistake and its byte.
pub(super) type Flaw = (QuotaErrorKind, usize);

/// Reads one quota from byte `at` on; gives it and where the next thing stands. Works at compile time.
pub(super) const fn quota(text: &[u8], at: usize) -> Result<(Quota, usize), Flaw> {
    let start = skip_space(text, at);
    if start == text.len() {
        return Err((QuotaErrorKind::Empty, start));
    }
    let (count, at) = match number(text, start) {
        Ok(number) => number,
        Err(flaw) => return Err(flaw),
    };
    let at = match per(text, at) {
        Ok(at) => at,
        Err(flaw) => return Err(flaw),
    };
    let (times, unit_at) = match number(text, at) {
        Ok((times, after)) => (times, skip_space(text, after)),
        Err((QuotaErrorKind::ExpectedNumber, _)) => (1, at),
        Err(flaw) => return Err(flaw),
    };
    let unit_end = word_end(text, unit_at);
    let Some(unit) = unit_secs(text, unit_at, unit_end) else {
        return Err((QuotaErrorKind::UnknownUnit, unit_at));
    };
    let options = match Options::read(text, unit_end) {
        Ok(options) => options,
        Err(flaw) => return Err(flaw),
    };
    match options.apply(Rate::new(count, Period::seconds(unit.saturating_mul(times)))).quota() {
        Ok(quota) => Ok((quota, options.end)),
        Err(kind) => Err((kind, options.place(kind, start, at))),
    }
}

/// `/` or `per`, and the space behind it.
const fn per(text: &[u8], at: usize) -> Result<usize, Flaw> {
    let at = skip_space(text, at);
    if at < text.len() && text[at] == b'/' {
        return Ok(skip_space(text, at + 1));
    }
    let end = word_end(text, at);
    if is(text, at, end, b"per") { Ok(skip_space(text, end)) } else { Err((QuotaErrorKind::ExpectedPer, at)) }
}

/// What may follow the unit.
struct Options {
    burst: Option<(u32, usize)>,
    align: Option<Align>,
    end: usize,
}

impl Options {
    const fn read(text: &[u8], at: usize) -> Result<Self, Flaw> {
        let mut read = Self { burst: None, align: None, end: skip_space(text, at) };
        loop {
            let start = read.end;
            let end = word_end(text, start);
            if start == end {
                return Ok(read);
            }
            let (repeated, after) = if is(text, start, end, b"burst") {
                let at = skip_space(text, end);
                let (burst, after) = match number(text, at) {
                    Ok(number) => number,
                    Err(flaw) => return Err(flaw),
                };
                let repeated = read.burst.is_some();
                read.burst = Some((burst, at));
                (repeated, after)
            } else if is(text, start, end, b"fixed") {
                let (align, after) = align(text, end);
                let repeated = read.align.is_some();
                read.align = Some(align);
                (repeated, after)
            } else {
                return Err((QuotaErrorKind::UnexpectedText, start));
            };
            if repeated {
                return Err((QuotaErrorKind::RepeatedOption, start));
            }
            read.end = skip_space(text, after);
        }
    }

    const fn apply(&self, mut rate: Rate) -> Rate {
        if let Some((burst, _)) = self.burst {
            rate = rate.burst(burst);
        }
        if let Some(align) = self.align {
            rate = rate.fixed_window(align);
        }
        rate
    }

    /// Which number a quota's fault belongs to.
    const fn place(&self, kind: QuotaErrorKind, count: usize, period: usize) -> usize {
        match (kind, self.burst) {
            (QuotaErrorKind::ZeroPeriod | QuotaErrorKind::PeriodTooLong, _) => period,
            (
                QuotaErrorKind::ZeroBurst | QuotaErrorKind::BurstTooLong | QuotaErrorKind::BurstInWindow,
                Some((_, at)),
            ) => at,
            _ => count,
        }
    }
}

/// The words after `fixed`.
const fn align(text: &[u8], at: usize) -> (Align, usize) {
    let start = skip_space(text, at);
    let end = word_end(text, start);
    if is(text, start, end, b"epoch") {
        (Align::Epoch, end)
    } else if is(text, start, end, b"first-hit") {
        (Align::FirstHit, end)
    } else if is(text, start, end, b"per-key") {
        (Align::PerKeyOffset, end)
    } else {
        (Align::PerKeyOffset, at)
    }
}

const fn unit_secs(text: &[u8], start: usize, end: usize) -> Option<u32> {
    let mut at = 0;
    while at < UNITS.len() {
        let (name, secs) = UNITS[at];
        let singular = end - start == name.len() + 1 && matches!(text[end - 1], b's' | b'S');
        if is(text, start, if singular { end - 1 } else { end }, name.as_bytes()) {
            return Some(secs);
        }
        at += 1;
    }
    None
}

/// A month is 30 days and a year is 12 such months, as elsewhere in this grammar's family.
const UNITS: [(&str, u32); 6] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3_600),
    ("day", 86_400),
    ("month", 30 * 86_400),
    ("year", 360 * 86_400),
];

const fn number(text: &[u8], start: usize) -> Result<(u32, usize), Flaw> {
    let (mut value, mut at) = (0_u64, start);
    while at < text.len() && text[at].is_ascii_digit() {
        value = value * 10 + (text[at] - b'0') as u64;
        if value > u32::MAX as u64 {
            return Err((QuotaErrorKind::NumberTooLarge, start));
        }
        at += 1;
    }
    if at == start { Err((QuotaErrorKind::ExpectedNumber, start)) } else { Ok((value as u32, at)) }
}

pub(super) const fn skip_space(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at].is_ascii_whitespace() {
        at += 1;
    }
    at
}

const fn word_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && (text[at].is_ascii_alphabetic() || text[at] == b'-') {
        at += 1;
    }
    at
}

const fn is(text: &[u8], start: usize, end: usize, word: &[u8]) -> bool {
    if end - start != word.len() {
        return false;
    }
    let mut at = 0;
    while at < word.len() {
        if !text[start + at].eq_ignore_ascii_case(&word[at]) {
            return false;
        }
        at += 1;
    }
    true
}

impl Quota {
    /// Reads a quota, also at compile time; [`quota!`](crate::quota!) is the short way there, and `FromStr` tells where a
    /// mistake is.
    ///
    /// # Errors
    ///
    /// See [`QuotaErrorKind`].
    pub const fn parse(text: &str) -> Result<Self, QuotaErrorKind> {
        match quota(text.as_bytes(), 0) {
            Ok((quota, end)) if end == text.len() => Ok(quota),
            Ok(_) => Err(QuotaErrorKind::UnexpectedText),
            Err((kind, _)) => Err(kind),
        }
    }
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        match quota(text.as_bytes(), 0) {
            Ok((quota, end)) if end == text.len() => Ok(quota),
            Ok((_, end)) => Err(QuotaError::at_byte(QuotaErrorKind::UnexpectedText, end, text)),
            Err((kind, at)) => Err(QuotaError::at_byte(kind, at, text)),
        }
    }
}

impl TryFrom<&str> for Quota {
    type Error = QuotaError;

    fn try_from(text: &str) -> Result<Self, QuotaError> {
        text.parse()
    }
}

/// The normal form, which reads back as the same quota.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.period().as_secs();
        let unit = UNITS[..4].iter().rev().find(|(_, unit)| secs.is_multiple_of(*unit));
        let (name, times) = unit.map_or(("second", secs), |(name, unit)| (*name, secs / unit));
        if times == 1 {
            write!(f, "{}/{name}", self.count())?;
        } else {
            write!(f, "{} per {times} {name}s", self.count())?;
        }
        match self.algorithm() {
            Algorithm::Gcra if self.capacity() == self.count() => Ok(()),
            Algorithm::Gcra => write!(f, " burst {}", self.capacity()),
            Algorithm::FixedWindow(Align::PerKeyOffset) => f.write_str(" fixed"),
            Algorithm::FixedWindow(Align::Epoch) => f.write_str(" fixed epoch"),
            Algorithm::FixedWindow(Align::FirstHit) => f.write_str(" fixed first-hit"),
        }
    }
}

/// A [`Quota`](crate::Quota) of text that is read at compile time: what is no quota does not compile.
///
/// ```
/// use palisade_limit::{Quota, quota};
///
/// const ADDRESS: Quota = quota!("5/second burst 10");
/// assert_eq!((ADDRESS.count(), ADDRESS.capacity()), (5, 10));
/// ```
///
/// ```compile_fail
/// let zero = palisade_limit::quota!("0/second");
/// ```
#[macro_export]
macro_rules! quota {
    ($text:expr) => {
        const {
            match $crate::Quota::parse($text) {
                Ok(quota) => quota,
                Err(_) => panic!("not a quota; expected something like `5/second burst 10`"),
            }
        }
    };
}
