//! Amounts of money, without fractions that a computer cannot hold.

use serde::Serialize;
use std::{fmt, str::FromStr};

/// So many millionths of a unit of some currency; at most a billion units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

const MILLION: u64 = 1_000_000;
/// The most units of an amount.
pub const MAX_UNITS: u64 = 1_000_000_000;
/// Digits after the point that are read.
const DIGITS: usize = 6;

impl Amount {
    /// So many millionths.
    #[must_use]
    pub const fn from_millionths(millionths: u64) -> Option<Self> {
        if millionths <= MAX_UNITS * MILLION { Some(Self(millionths)) } else { None }
    }

    /// The same value in a currency of which `rate` millionths make what `base` millionths of the other make, rounded to
    /// the nearest millionth; absent where it is too much.
    #[must_use]
    pub fn converted(self, base: u64, rate: u64) -> Option<Self> {
        let (amount, base, rate) = (u128::from(self.0), u128::from(base), u128::from(rate));
        let exact = amount.checked_mul(rate)?.checked_add(base / 2)?.checked_div(base)?;
        u64::try_from(exact).ok().and_then(Self::from_millionths)
    }
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "An amount is a decimal number such as 12.50, from 0 to a billion, with up to six digits after the point"
)]
pub struct NoAmount;

impl FromStr for Amount {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let (units, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(units) || !digits(rest) || units.len() > 10 || rest.len() > DIGITS {
            return Err(NoAmount);
        }
        let units: u64 = units.parse().map_err(|_| NoAmount)?;
        let rest: u64 = format!("{rest:0<DIGITS$}").parse().map_err(|_| NoAmount)?;
        units.checked_mul(MILLION).and_then(|all| Self::from_millionths(all + rest)).ok_or(NoAmount)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / MILLION, self.0 % MILLION);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// As text: numbers of JSON are floating-point in most readers.
impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimal_numbers_and_nothing_else() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(text.parse::<Amount>().ok(), expected.map(Amount), "{text:?}");
        };
        check("0", Some(0));
        check("12.50", Some(12_500_000));
        check("0.000001", Some(1));
        check("007", Some(7_000_000));
        check("1000000000", Some(MAX_UNITS * MILLION));
        for bad in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", " 1", "1,5", "1.0000000", "1000000000.000001", "١"]
        {
            check(bad, None);
        }
        check("18446744073709551616", None);
    }

    #[test]
    fn conversion_rounds_to_the_nearest() {
        let check = |amount: u64, base, rate, expected: Option<u64>| {
            assert_eq!(Amount(amount).converted(base, rate), expected.map(Amount));
        };
        check(10_000_000, 1_000_000, 1_084_300, Some(10_843_000));
        check(10_843_000, 1_084_300, 1_000_000, Some(10_000_000));
        check(1, 3, 2, Some(1));
        check(1, 3, 1, Some(0));
        check(1, 0, 1, None);
        check(MAX_UNITS * MILLION, 1, 2, None);
        check(u64::MAX, u64::MAX, u64::MAX, None);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(millionths in 0..=MAX_UNITS * MILLION) {
            let amount = Amount(millionths);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }
    }
}
