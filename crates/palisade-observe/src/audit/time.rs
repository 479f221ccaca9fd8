//! Times to the millisecond.

use palisade_core::UnixTime;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

pub(super) fn serialize<S: Serializer>(at: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339_millis())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UnixTime, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom("no time in UTC to the millisecond"))
}

/// Reads RFC 3339 in UTC, with milliseconds or without.
pub(super) fn parse(text: &str) -> Option<UnixTime> {
    let Some(whole) = text.strip_suffix('Z').and_then(|text| text.split_once('.')) else {
        return UnixTime::parse_rfc3339(text);
    };
    let (second, millis) = whole;
    let is_millis = millis.len() == 3 && millis.bytes().all(|byte| byte.is_ascii_digit());
    let millis = millis.parse::<u64>().ok().filter(|_| is_millis)?;
    Some(UnixTime::parse_rfc3339(&format!("{second}Z"))?.plus_nanos(millis * 1_000_000))
}

/// Without what is not written.
pub(super) const fn whole(at: UnixTime) -> UnixTime {
    UnixTime::from_nanos(at.as_nanos() / 1_000_000 * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a292_times_are_read_as_they_are_written() {
        for nanos in [0, 1_795_331_718_250_999_999, 1_795_331_718_999_000_000] {
            let at = whole(UnixTime::from_nanos(nanos));
            assert_eq!(parse(&at.rfc3339_millis()), Some(at));
        }
        for text in
            ["2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.+12Z", "2026-01-01T00:00:00.123", "x.123Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
