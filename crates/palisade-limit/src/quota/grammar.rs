//! The text of a quota; the grammar stands at [`Quotas`](crate::Quotas).

use super::{
    algorithm::Algorithm,
    align::{Align, UtcOffset},
    error::{QuotaError, QuotaErrorKind},
    rate::{Period, Quota, Rate},
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
    // Thirty days are not a month of the calendar.
    if let (Some(Algorithm::FixedWindow(Align::Calendar(_))), false) = (options.algorithm, times == 1) {
        return Err((QuotaErrorKind::CalendarPeriod, at));
    }
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
    algorithm: Option<Algorithm>,
    end: usize,
}

impl Options {
    const fn read(text: &[u8], at: usize) -> Result<Self, Flaw> {
        let mut read = Self { burst: None, algorithm: None, end: skip_space(text, at) };
        loop {
            let start = read.end;
            let end = word_end(text, start);
            if start == end {
                return Ok(read);
            }
            let after = if is(text, start, end, b"burst") {
                if read.burst.is_some() {
                    return Err((QuotaErrorKind::RepeatedOption, start));
                }
                let at = skip_space(text, end);
                let (burst, after) = match number(text, at) {
                    Ok(number) => number,
                    Err(flaw) => return Err(flaw),
                };
                read.burst = Some((burst, at));
                after
            } else {
                let (algorithm, after) = match algorithm(text, start, end) {
                    Ok(read) => read,
                    Err(flaw) => return Err(flaw),
                };
                match (read.algorithm, algorithm) {
                    (None, _) => {}
                    (Some(Algorithm::FixedWindow(_)), Algorithm::FixedWindow(_))
                    | (Some(Algorithm::SlidingCounter), Algorithm::SlidingCounter)
                    | (Some(Algorithm::SlidingLog), Algorithm::SlidingLog) => {
                        return Err((QuotaErrorKind::RepeatedOption, start));
                    }
                    (Some(_), _) => return Err((QuotaErrorKind::TwoAlgorithms, start)),
                }
                read.algorithm = Some(algorithm);
                after
            };
            read.end = skip_space(text, after);
        }
    }

    const fn apply(&self, mut rate: Rate) -> Rate {
        if let Some((burst, _)) = self.burst {
            rate = rate.burst(burst);
        }
        match self.algorithm {
            Some(Algorithm::FixedWindow(align)) => rate.fixed_window(align),
            Some(Algorithm::SlidingCounter) => rate.sliding_counter(),
            Some(Algorithm::SlidingLog) => rate.sliding_log(),
            Some(Algorithm::Gcra) | None => rate,
        }
    }

    /// Which number a quota's fault belongs to.
    const fn place(&self, kind: QuotaErrorKind, count: usize, period: usize) -> usize {
        match (kind, self.burst) {
            (
                QuotaErrorKind::ZeroPeriod | QuotaErrorKind::PeriodTooLong | QuotaErrorKind::CalendarPeriod,
                _,
            ) => period,
            (
                QuotaErrorKind::ZeroBurst | QuotaErrorKind::BurstTooLong | QuotaErrorKind::BurstInWindow,
                Some((_, at)),
            ) => at,
            _ => count,
        }
    }
}

/// `fixed`, `sliding` or `strict`, and the words after them.
const fn algorithm(text: &[u8], start: usize, end: usize) -> Result<(Algorithm, usize), Flaw> {
    let next = skip_space(text, end);
    let next_end = word_end(text, next);
    if is(text, start, end, b"strict") {
        Ok((Algorithm::SlidingLog, end))
    } else if is(text, start, end, b"sliding") {
        if is(text, next, next_end, b"log") {
            Ok((Algorithm::SlidingLog, next_end))
        } else if is(text, next, next_end, b"counter") {
            Ok((Algorithm::SlidingCounter, next_end))
        } else {
            Ok((Algorithm::SlidingCounter, end))
        }
    } else if is(text, start, end, b"fixed") {
        let (align, after) = if is(text, next, next_end, b"epoch") {
            (Align::Epoch, next_end)
        } else if is(text, next, next_end, b"first-hit") {
            (Align::FirstHit, next_end)
        } else if is(text, next, next_end, b"per-key") {
            (Align::PerKeyOffset, next_end)
        } else if is(text, next, next_end, b"calendar") {
            match utc_offset(text, next_end) {
                Ok((offset, after)) => (Align::Calendar(offset), after),
                Err(flaw) => return Err(flaw),
            }
        } else {
            (Align::PerKeyOffset, end)
        };
        Ok((Algorithm::FixedWindow(align), after))
    } else {
        Err((QuotaErrorKind::UnexpectedText, start))
    }
}

/// `+02:00`, where a sign follows; else UTC.
const fn utc_offset(text: &[u8], at: usize) -> Result<(UtcOffset, usize), Flaw> {
    let start = skip_space(text, at);
    let sign = match text.split_at(start).1 {
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return Ok((UtcOffset::UTC, at)),
    };
    let (hours, colon) = match number(text, start + 1) {
        Ok(read) => read,
        Err((_, _)) => return Err((QuotaErrorKind::UtcOffset, start)),
    };
    let has_colon = colon == start + 3 && colon < text.len() && text[colon] == b':';
    let (minutes, end) = match number(text, if has_colon { colon + 1 } else { text.len() }) {
        Ok(read) => read,
        Err((_, _)) => return Err((QuotaErrorKind::UtcOffset, start)),
    };
    if end != start + 6 || minutes > 59 {
        return Err((QuotaErrorKind::UtcOffset, start));
    }
    match UtcOffset::from_minutes(sign * (hours * 60 + minutes) as i16) {
        Some(offset) => Ok((offset, end)),
        None => Err((QuotaErrorKind::UtcOffset, start)),
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
const UNITS: [(&str, u32); 7] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3_600),
    ("day", 86_400),
    ("week", 7 * 86_400),
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
        // Thirty days are a month only where the calendar counts.
        let is_calendar = matches!(self.algorithm(), Algorithm::FixedWindow(Align::Calendar(_)));
        let units = UNITS.get(..if is_calendar { 6 } else { 5 }).unwrap_or_default();
        let unit = units.iter().rev().find(|(_, unit)| secs.is_multiple_of(*unit));
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
            Algorithm::FixedWindow(Align::Calendar(UtcOffset::UTC)) => f.write_str(" fixed calendar"),
            Algorithm::FixedWindow(Align::Calendar(offset)) => write!(f, " fixed calendar {offset}"),
            Algorithm::SlidingCounter => f.write_str(" sliding"),
            Algorithm::SlidingLog => f.write_str(" sliding log"),
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
