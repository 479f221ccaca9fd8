//! Points in time as RFC 3339 text, to and from whole seconds since 1970-01-01T00:00:00Z.

const SECONDS_A_DAY: i64 = 86_400;

/// Writes `seconds` since the epoch as `2025-01-15T09:30:00Z`; times after the year 9999 are written as its last second.
///
/// ```
/// assert_eq!(inference::rfc3339::format(1_704_067_200), "2024-01-01T00:00:00Z");
/// ```
#[must_use]
pub fn format(seconds: u64) -> String {
    const LAST: i64 = 253_402_300_799;
    let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
    let (year, month, day) = date_of_day(seconds.div_euclid(SECONDS_A_DAY));
    let second = seconds.rem_euclid(SECONDS_A_DAY);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Reads an RFC 3339 §5.6 `date-time` from 1970 on and drops its fraction of a second; `None` if `text` is anything else.
///
/// A leap second (`:60`) is read as the second after it.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    // The longest sensible text has nine digits of fraction and an offset: 35 characters.
    if !(20..=35).contains(&bytes.len()) || !text.is_ascii() {
        return None;
    }
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if separators.iter().any(|(at, byte)| bytes[*at] != *byte) || !matches!(bytes[10], b'T' | b't') {
        return None;
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?);
    let (hour, minute, second) = (number(&text[11..13])?, number(&text[14..16])?, number(&text[17..19])?);
    let days = day_of_date(year, month, day);
    // A date that does not exist (30 February) comes back from the calendar as another one.
    if date_of_day(days) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = days * SECONDS_A_DAY + hour * 3600 + minute * 60 + second;
    u64::try_from(local - offset(without_fraction(&text[19..])?)?).ok()
}

fn number(digits: &str) -> Option<i64> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn without_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix('.') else { return Some(text) };
    let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

/// Seconds east of UTC.
fn offset(text: &str) -> Option<i64> {
    let sign = match text.as_bytes() {
        [b'Z' | b'z'] => return Some(0),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(&text[1..3])?, number(&text[4..6])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

// The civil calendar is counted from 1 March of the year 0 in eras of 400 years (146,097 days): leap days then
// come last in their year and need no case of their own. 719,468 days lie between that day and 1970-01-01.

fn day_of_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_of_day(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{format, parse};

    #[test]
    fn reads_what_rfc_3339_allows_and_nothing_else() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(parse(text), expected, "{text:?}");
        check("1970-01-01T00:00:00Z", Some(0));
        check("2024-01-01T00:00:00Z", Some(1_704_067_200));
        check("2024-02-29t12:30:45z", Some(1_709_209_845));
        check("2024-01-01T00:00:00.999999999Z", Some(1_704_067_200));
        check("2024-01-01T02:00:00+02:00", Some(1_704_067_200));
        check("2023-12-31T18:30:00-05:30", Some(1_704_067_200));
        check("2016-12-31T23:59:60Z", Some(1_483_228_800));
        check("1985-04-12T23:20:50.52Z", Some(482_196_050));
        check("9999-12-31T23:59:59Z", Some(253_402_300_799));
        for bad in [
            "",
            "2024-01-01",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00Z ",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:61Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+0200",
            "+024-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2024-01-01T00:00:00\u{e9}",
            "\u{e9}24-01-01T00:00:00Z",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn late_times_stay_four_digits_wide() {
        assert_eq!(format(u64::MAX), "9999-12-31T23:59:59Z");
    }

    proptest! {
        #[test]
        fn parse_after_format_is_the_identity(seconds in 0..=253_402_300_799_u64) {
            prop_assert_eq!(parse(&format(seconds)), Some(seconds));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn texts_of_the_right_shape_are_survived(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})") {
            let _ = parse(&text);
        }
    }
}
