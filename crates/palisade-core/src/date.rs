//! Dates as text.

use crate::clock::UnixTime;

impl UnixTime {
    /// As RFC 3339 in UTC, in whole seconds: `2026-11-22T07:15:18Z`.
    ///
    /// ```
    /// # use palisade_core::UnixTime;
    /// assert_eq!(UnixTime::from_secs(1_795_331_718).rfc3339(), "2026-11-22T07:15:18Z");
    /// ```
    #[must_use]
    pub fn rfc3339(self) -> String {
        let Civil { year, month, day, hour, minute, second, .. } = Civil::of(self);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// As RFC 3339 in UTC, in milliseconds: `2026-11-22T07:15:18.250Z`.
    #[must_use]
    pub fn rfc3339_millis(self) -> String {
        let millis = self.as_nanos() / 1_000_000 % 1_000;
        let mut text = self.rfc3339();
        text.pop();
        text + &format!(".{millis:03}Z")
    }

    /// Reads RFC 3339 in UTC, in whole seconds, as [`rfc3339`](Self::rfc3339) writes it; nothing else, so that nobody is understood
    /// wrongly.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 20 || !text.is_ascii() {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse::<u64>().ok() } else { None }
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if year < 1970 || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // Months from March on, so that the leap day is the last one of a year.
        let (of_year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = 365 * of_year + of_year / 4 - of_year / 100 + of_year / 400 + (153 * month + 2) / 5 + day;
        let at = Self::from_secs((days.checked_sub(719_469)?) * 86_400 + hour * 3_600 + minute * 60 + second);
        // What cannot be written this way, such as 30 February, was no date.
        (at.rfc3339() == text).then_some(at)
    }

    /// As RFC 9110 §5.6.7 wants dates in headers: `Sun, 22 Nov 2026 07:15:18 GMT`.
    #[must_use]
    pub fn http_date(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let Civil { year, month, day, hour, minute, second, weekday } = Civil::of(self);
        let weekday = DAYS.get(weekday).copied().unwrap_or_default();
        let month = MONTHS.get(month - 1).copied().unwrap_or_default();
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

struct Civil {
    year: u64,
    month: usize,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    /// Days since a Thursday.
    weekday: usize,
}

impl Civil {
    /// Counts in eras of 400 years that begin on 1 March, so that the leap day is the last one of a year.
    fn of(at: UnixTime) -> Self {
        let (days, rest) = (at.as_secs() / 86_400, at.as_secs() % 86_400);
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: era * 400 + year + u64::from(month <= 2),
            month: usize::try_from(month).unwrap_or(1),
            day,
            hour: rest / 3_600,
            minute: rest % 3_600 / 60,
            second: rest % 60,
            weekday: usize::try_from(days % 7).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        for secs in [0, 951_782_399, 951_782_400, 951_868_800, 1_795_331_718, 4_107_542_400] {
            let at = UnixTime::from_secs(secs);
            assert_eq!(UnixTime::parse_rfc3339(&at.rfc3339()), Some(at));
        }
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00z",
            "1969-12-31T23:59:59Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T00:00:+1Z",
            "2026-01-01T00:00:0ä",
        ] {
            assert_eq!(UnixTime::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn dates() {
        for (secs, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_795_331_718, "Sun, 22 Nov 2026 07:15:18 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(UnixTime::from_secs(secs).http_date(), expected);
        }
        let at = UnixTime::from_nanos(1_795_331_718_250_999_999);
        assert_eq!(at.rfc3339(), "2026-11-22T07:15:18Z");
        assert_eq!(at.rfc3339_millis(), "2026-11-22T07:15:18.250Z");
    }
}
