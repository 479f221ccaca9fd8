//! Sizes and spans of time, with their units.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};
use std::{fmt, str::FromStr, time::Duration};

/// A number of bytes: `"10 MiB"`, `"64 KiB"`, `"512 B"`, or a plain number of them. A MiB is 2²⁰ bytes, a MB 10⁶.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// A span of time: `"30 s"`, `"250 ms"`, `"15 min"`, `"1 h"`, `"90 d"`. A plain number would not say of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];
const SPANS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// The number before one of these units, in the smallest of them.
fn read(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|sign: char| !sign.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that divides it.
fn write(f: &mut fmt::Formatter<'_>, number: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fits = |(_, factor): &&(&str, u64)| number >= *factor && number.is_multiple_of(*factor);
    match units.iter().find(fits).or(units.last()) {
        Some((name, factor)) => write!(f, "{} {name}", number / factor),
        None => Ok(()),
    }
}

/// What was written is no size or span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a number and its unit")]
pub struct NoAmount;

impl FromStr for Size {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let plain = text.trim().parse().ok();
        plain.or_else(|| read(text, &SIZES)).map(Self).ok_or(NoAmount)
    }
}

impl FromStr for Span {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        read(text, &SPANS).map(|millis| Self(Duration::from_millis(millis))).ok_or(NoAmount)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is a whole number of the units of ten and of two is told in those of two.
        let units =
            SIZES.map(|(name, factor)| if factor % 1_000 == 0 { (name, u64::MAX) } else { (name, factor) });
        write(f, self.0, &units)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), &SPANS)
    }
}

struct Amount<T>(&'static str, std::marker::PhantomData<T>);

impl<T: FromStr + FromNumber> Visitor<'_> for Amount<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(""), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let read = u64::try_from(number).ok().and_then(T::from_number);
        read.ok_or_else(|| E::invalid_type(Unexpected::Signed(0), &self))
    }
}

trait FromNumber: Sized {
    fn from_number(number: u64) -> Option<Self>;
}

impl FromNumber for Size {
    fn from_number(number: u64) -> Option<Self> {
        Some(Self(number))
    }
}

impl FromNumber for Span {
    fn from_number(_: u64) -> Option<Self> {
        None
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Amount("a size such as \"10 MiB\"", std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a time with its unit, such as \"250 ms\", \"30 s\", \"15 min\", \"1 h\" or \"90 d\"";
        deserializer.deserialize_any(Amount(expected, std::marker::PhantomData))
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(text.parse::<Size>().ok().map(|size| size.0), expected, "{text}");
        };
        check("10 MiB", Some(10 << 20));
        check("10MB", Some(10_000_000));
        check("512", Some(512));
        check(" 1 KiB ", Some(1_024));
        for bad in ["", "MiB", "-1 B", "1.5 MiB", "1 mib", "99999999999 GiB", "10 M iB"] {
            check(bad, None);
        }
        assert_eq!(Size(10 << 20).to_string(), "10 MiB");
        assert_eq!(Size(1_025).to_string(), "1025 B");
        assert_eq!(Size(0).to_string(), "0 B");
    }

    #[test]
    fn spans() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(text.parse::<Span>().ok().map(|span| span.0.as_millis() as u64), expected, "{text}");
        };
        check("250 ms", Some(250));
        check("30s", Some(30_000));
        check("15 min", Some(900_000));
        check("90 d", Some(7_776_000_000));
        for bad in ["", "30", "1 m", "-1 s", "1 week", "99999999999999999 d"] {
            check(bad, None);
        }
        assert_eq!(Span(Duration::from_secs(5_400)).to_string(), "90 min");
        assert_eq!(Span(Duration::ZERO).to_string(), "0 ms");
    }
}
