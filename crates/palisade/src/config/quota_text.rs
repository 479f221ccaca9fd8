//! Quotas, as they are written.

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use std::{collections::BTreeMap, fmt};

/// Quotas that are checked later; a bare number does not say within what time.
struct QuotaText(String);

struct Written;

impl Visitor<'_> for Written {
    type Value = QuotaText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quota with its time, such as \"60/minute\" or \"5/second burst 10\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<QuotaText, E> {
        Ok(QuotaText(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for QuotaText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<QuotaText>::deserialize(deserializer)?.map(|text| text.0))
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn by_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let quotas = BTreeMap::<String, QuotaText>::deserialize(deserializer)?;
    Ok(quotas.into_iter().map(|(name, text)| (name, text.0)).collect())
}
