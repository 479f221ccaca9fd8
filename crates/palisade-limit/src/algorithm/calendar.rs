//! Days, weeks and months of the proleptic Gregorian calendar.

use crate::quota::UtcOffset;
use palisade_core::UnixTime;

/// What a calendar window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Day,
    /// From Monday to Sunday, as ISO 8601 has it.
    Week,
    Month,
}

/// Nanoseconds from `now` until its day, week or month ends; at least 1.
#[inline(never)]
pub(super) fn nanos_until_end(span: Span, offset: UtcOffset, now: UnixTime) -> u64 {
    // A date of 64 bits of nanoseconds is before the year 2555, so none of this comes near the ends of 64 bits of seconds.
    let shift = i64::from(offset.minutes()) * 60;
    let local = now.as_secs().cast_signed() + shift;
    let day = local.div_euclid(DAY);
    let first_day_after = match span {
        Span::Day => day + 1,
        // Day 0 was a Thursday.
        Span::Week => day + 7 - (day + 3).rem_euclid(7),
        Span::Month => first_of_next_month(day),
    };
    let secs = first_day_after * DAY - local;
    secs.unsigned_abs() * NANOS - now.as_nanos() % NANOS
}

/// The first day of the month after the one that `day` is in, both in days since 1970-01-01.
///
/// Months are counted from March, so that the leap day comes last; 400 years are one era of 146,097 days.
fn first_of_next_month(day: i64) -> i64 {
    let since_march_0000 = day + DAYS_TO_1970;
    let (era, of_era) = (since_march_0000.div_euclid(DAYS_OF_ERA), since_march_0000.rem_euclid(DAYS_OF_ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - start_of_year(year);
    let next = (5 * of_year + 2) / 153 + 1;
    let (year, month) = if next == 12 { (year + 1, 0) } else { (year, next) };
    era * DAYS_OF_ERA + start_of_year(year) + (153 * month + 2) / 5 - DAYS_TO_1970
}

/// Days of an era before its `year` begins, on 1 March.
const fn start_of_year(year: i64) -> i64 {
    365 * year + year / 4 - year / 100 + year / 400
}

const NANOS: u64 = 1_000_000_000;
const DAY: i64 = 86_400;
const DAYS_OF_ERA: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(minutes: i16) -> UtcOffset {
        UtcOffset::from_minutes(minutes).unwrap()
    }

    /// The end of the window, in seconds since 1970.
    fn end(span: Span, minutes: i16, secs: u64) -> u64 {
        let now = UnixTime::from_secs(secs);
        now.plus_nanos(nanos_until_end(span, offset(minutes), now)).as_secs()
    }

    #[test]
    fn months_end_where_a_calendar_on_the_wall_says() {
        let (mut day, mut month, mut year) = (0_u64, 0, 1970_u64);
        while year < 2405 {
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let next = day + lengths[month];
            for moment in [day * 86_400, day * 86_400 + 1, next * 86_400 - 1] {
                assert_eq!(end(Span::Month, 0, moment), next * 86_400, "{year}-{}", month + 1);
            }
            (day, month) = (next, (month + 1) % 12);
            year += u64::from(month == 0);
        }
    }

    #[test]
    fn windows_end_at_midnight_there() {
        let check = |span, minutes, now, expected| assert_eq!(end(span, minutes, now), expected);
        // 2024-02-29 23:30:00 UTC, a Thursday.
        let now = 1_709_249_400;
        check(Span::Day, 0, now, now + 1_800);
        check(Span::Month, 0, now, now + 1_800);
        check(Span::Week, 0, now, now + 1_800 + 3 * 86_400);
        // An hour ahead it is 1 March already, and half past midnight.
        check(Span::Day, 60, now, now + 23 * 3_600 + 1_800);
        check(Span::Month, 60, now, now + 1_800 - 3_600 + 31 * 86_400);
        // In Newfoundland it is eight in the evening.
        check(Span::Day, -210, now, now + 1_800 + 210 * 60);
        check(Span::Month, -210, now, now + 1_800 + 210 * 60);
        // Monday 00:00 begins a week that lasts seven days, and so does a second before the next one.
        check(Span::Week, 0, 4 * 86_400, 11 * 86_400);
        check(Span::Week, 0, 11 * 86_400 - 1, 11 * 86_400);
        // Behind UTC it is still 1969.
        check(Span::Month, -60, 0, 3_600);
        check(Span::Day, 60, 0, 23 * 3_600);
    }

    #[test]
    fn the_ends_of_time_have_ends_too() {
        for nanos in [0, 1, 999_999_999, 1_000_000_000, u64::MAX - 1, u64::MAX] {
            for minutes in [-840, -1, 0, 1, 840] {
                for (span, most) in [(Span::Day, 1), (Span::Week, 7), (Span::Month, 31)] {
                    let left = nanos_until_end(span, offset(minutes), UnixTime::from_nanos(nanos));
                    assert!((1..=most * 86_400 * NANOS).contains(&left));
                }
            }
        }
    }
}
