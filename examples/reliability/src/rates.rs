//! Exchange rates, as the dependency tells them.

use crate::money::Amount;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// No list has more currencies.
pub const MAX_CURRENCIES: usize = 200;

/// What one euro is worth, in millionths of each currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Which list this is; a later one has a higher number.
    pub serial: u64,
    /// By ISO 4217 code.
    pub euro: BTreeMap<String, u64>,
}

impl Rates {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// Text that is none, more than [`MAX_CURRENCIES`], codes that are none, and rates of zero: a dependency can be wrong too.
    pub fn from_json(text: &[u8]) -> Result<Self, BadRates> {
        let rates: Self = serde_json::from_slice(text).map_err(|_| BadRates)?;
        let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        let fits = !rates.euro.is_empty() && rates.euro.len() <= MAX_CURRENCIES;
        let good = fits && rates.euro.iter().all(|(code, rate)| is_code(code) && *rate > 0);
        if good { Ok(rates) } else { Err(BadRates) }
    }

    /// What one euro is worth in this currency.
    #[must_use]
    pub fn of(&self, code: &str) -> Option<u64> {
        if code == "EUR" { Some(1_000_000) } else { self.euro.get(code).copied() }
    }

    /// An amount in another currency, where both are known and it is not too much.
    #[must_use]
    pub fn convert(&self, amount: Amount, from: &str, to: &str) -> Option<Amount> {
        amount.converted(self.of(from)?, self.of(to)?)
    }
}

/// A list of rates that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the list of rates cannot be read")]
pub struct BadRates;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_checked_before_it_is_believed() {
        let check =
            |text: &str, good: bool| assert_eq!(Rates::from_json(text.as_bytes()).is_ok(), good, "{text}");
        check(r#"{"serial":1,"euro":{"USD":1084300}}"#, true);
        check(r#"{"serial":1,"euro":{}}"#, false);
        check(r#"{"serial":1,"euro":{"USD":0}}"#, false);
        check(r#"{"serial":1,"euro":{"usd":1}}"#, false);
        check(r#"{"serial":1,"euro":{"USD":1.5}}"#, false);
        check(r#"{"serial":1,"euro":{"USD":1},"more":1}"#, false);
        check("<html>", false);
    }

    #[test]
    fn both_ways_and_across() {
        let rates = Rates::from_json(br#"{"serial":1,"euro":{"USD":1084300,"JPY":162500000}}"#).unwrap();
        let check = |amount: &str, from, to, expected: Option<&str>| {
            let converted = rates.convert(amount.parse().unwrap(), from, to);
            assert_eq!(
                converted.map(|amount| amount.to_string()).as_deref(),
                expected,
                "{amount} {from} {to}"
            );
        };
        check("10", "EUR", "USD", Some("10.843"));
        check("10.843", "USD", "EUR", Some("10"));
        check("1", "USD", "JPY", Some("149.866273"));
        check("1", "EUR", "EUR", Some("1"));
        check("1", "EUR", "XXX", None);
    }
}
