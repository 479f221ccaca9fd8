//! One quota, and how a program writes it.

use super::{
    algorithm::{Algorithm, MAX_LOGGED},
    align::Align,
    error::{QuotaError, QuotaErrorKind},
};
use std::num::NonZeroU32;

/// A length of time in whole seconds.
///
/// ```
/// use palisade_limit::Period;
///
/// assert_eq!(Period::minutes(15).as_secs(), 900);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period(u32);

impl Period {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(n: u32) -> Self {
        Self(n)
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(n: u32) -> Self {
        Self(n.saturating_mul(60))
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(n: u32) -> Self {
        Self(n.saturating_mul(3_600))
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(n: u32) -> Self {
        Self(n.saturating_mul(86_400))
    }

    /// So many weeks of 7 days.
    #[must_use]
    pub const fn weeks(n: u32) -> Self {
        Self(n.saturating_mul(WEEK))
    }

    /// A month: 30 days, or with [`Align::Calendar`] as many as the calendar says.
    #[must_use]
    pub const fn month() -> Self {
        Self(MONTH)
    }

    /// In seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

/// How a program writes a [`Quota`]: a count, a period, and what else is said; checked when it becomes one.
///
/// ```
/// use palisade_limit::{Align, Period, Quota, Rate};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bucket: Quota = Rate::per_second(5).burst(10).try_into()?;
/// assert_eq!(bucket, "5/second burst 10".parse()?);
///
/// let window: Quota = Rate::new(60, Period::minutes(1)).fixed_window(Align::Epoch).try_into()?;
/// assert_eq!(window, "60/minute fixed epoch".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: u32,
    period: Period,
    burst: Option<u32>,
    algorithm: Algorithm,
}

impl Rate {
    /// `count` in every `period`.
    #[must_use]
    pub const fn new(count: u32, period: Period) -> Self {
        Self { count, period, burst: None, algorithm: Algorithm::Gcra }
    }

    /// `count` a second: 5 means five, one every 200 milliseconds.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        Self::new(count, Period::seconds(1))
    }

    /// `count` a minute.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self::new(count, Period::minutes(1))
    }

    /// `count` an hour.
    #[must_use]
    pub const fn per_hour(count: u32) -> Self {
        Self::new(count, Period::hours(1))
    }

    /// `count` a day of 24 hours.
    #[must_use]
    pub const fn per_day(count: u32) -> Self {
        Self::new(count, Period::days(1))
    }

    /// How much may come at once after a rest; without it, the count.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }

    /// Counts in fixed windows instead.
    #[must_use]
    pub const fn fixed_window(mut self, align: Align) -> Self {
        self.algorithm = Algorithm::FixedWindow(align);
        self
    }

    /// Counts in a window that slides instead, by the counts of two windows.
    #[must_use]
    pub const fn sliding_counter(mut self) -> Self {
        self.algorithm = Algorithm::SlidingCounter;
        self
    }

    /// Counts in a window that slides instead, exactly, by remembering each request; for counts up to [`MAX_LOGGED`].
    #[must_use]
    pub const fn sliding_log(mut self) -> Self {
        self.algorithm = Algorithm::SlidingLog;
        self
    }

    /// The quota.
    ///
    /// # Errors
    ///
    /// See [`QuotaErrorKind`]: zeros, and extremes with which arithmetic in nanoseconds would not be exact.
    pub const fn quota(self) -> Result<Quota, QuotaErrorKind> {
        let Self { count, period: Period(period), burst, algorithm } = self;
        let Some(count) = NonZeroU32::new(count) else { return Err(QuotaErrorKind::ZeroCount) };
        let Some(period) = NonZeroU32::new(period) else { return Err(QuotaErrorKind::ZeroPeriod) };
        if period.get() > LONGEST_SECS {
            return Err(QuotaErrorKind::PeriodTooLong);
        }
        if count.get() as u64 > FASTEST * period.get() as u64 {
            return Err(QuotaErrorKind::TooFast);
        }
        let capacity = match (burst, algorithm) {
            (None, _) => count,
            (Some(burst), Algorithm::Gcra) => match NonZeroU32::new(burst) {
                Some(burst) => burst,
                None => return Err(QuotaErrorKind::ZeroBurst),
            },
            (Some(_), _) => return Err(QuotaErrorKind::BurstInWindow),
        };
        match algorithm {
            Algorithm::SlidingLog if count.get() > MAX_LOGGED => return Err(QuotaErrorKind::LogTooLong),
            Algorithm::FixedWindow(Align::Calendar(_)) if !matches!(period.get(), DAY | WEEK | MONTH) => {
                return Err(QuotaErrorKind::CalendarPeriod);
            }
            _ => {}
        }
        // Rounded up: a limit is never exceeded for the sake of a fraction of a nanosecond.
        let interval = (period.get() as u64 * NANOS).div_ceil(count.get() as u64);
        // The longest period with the smallest count is the whole burst of itself; only a larger burst can be too long.
        if burst.is_some() && interval as u128 * capacity.get() as u128 > LONGEST_SECS as u128 * NANOS as u128
        {
            return Err(QuotaErrorKind::BurstTooLong);
        }
        let identity = identity(count.get(), period.get(), capacity.get(), algorithm);
        Ok(Quota { count, period, capacity, algorithm, interval, identity })
    }
}

/// One limit, valid by birth; 40 bytes, `Copy`.
///
/// Made of text (see [`Quotas`](crate::Quotas) for the grammar), of a [`Rate`], or as a constant by
/// [`quota!`](crate::quota!).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    count: NonZeroU32,
    period: NonZeroU32,
    capacity: NonZeroU32,
    algorithm: Algorithm,
    interval: u64,
    identity: u64,
}

impl Quota {
    /// How much comes back in a period.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count.get()
    }

    /// The period.
    #[must_use]
    pub const fn period(&self) -> Period {
        Period(self.period.get())
    }

    /// The most that can pass at once: the burst of a bucket, the count of a window. No cost above it can ever pass.
    #[must_use]
    #[inline]
    pub const fn capacity(&self) -> u32 {
        self.capacity.get()
    }

    /// How it counts.
    #[must_use]
    #[inline]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// A number that differs between quotas that differ; with a key it names a counter.
    #[must_use]
    #[inline]
    pub const fn identity(&self) -> u64 {
        self.identity
    }

    /// Nanoseconds until one unit of a bucket comes back, rounded up.
    #[must_use]
    #[inline]
    pub const fn interval_nanos(&self) -> u64 {
        self.interval
    }

    /// The period in nanoseconds.
    #[must_use]
    #[inline]
    pub const fn period_nanos(&self) -> u64 {
        self.period.get() as u64 * NANOS
    }

    /// Seconds in which the whole capacity comes back, rounded up: the window `w` of the `RateLimit-Policy` field
    /// (draft-ietf-httpapi-ratelimit-headers-10).
    #[must_use]
    pub const fn window_secs(&self) -> u64 {
        match self.algorithm {
            // The exact rate, not the rounded interval: 7/second is a window of 1 second, not of 2.
            Algorithm::Gcra => {
                (self.period.get() as u64 * self.capacity.get() as u64).div_ceil(self.count.get() as u64)
            }
            _ => self.longest_window_nanos() / NANOS,
        }
    }

    /// How long a window can be: the period, or the longest month of the calendar.
    #[inline]
    pub(crate) const fn longest_window_nanos(&self) -> u64 {
        match self.algorithm {
            Algorithm::FixedWindow(Align::Calendar(_)) if self.period.get() == MONTH => {
                31 * DAY as u64 * NANOS
            }
            _ => self.period_nanos(),
        }
    }
}

impl TryFrom<Rate> for Quota {
    type Error = QuotaError;

    fn try_from(rate: Rate) -> Result<Self, QuotaError> {
        Ok(rate.quota()?)
    }
}

const NANOS: u64 = 1_000_000_000;
const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;
const MONTH: u32 = 30 * DAY;
/// Ten years, so that twice the longest wait added to a century of uptime fits 64 bits of nanoseconds.
const LONGEST_SECS: u32 = 3_650 * 86_400;
/// One unit a microsecond: at this rate the interval, rounded to a nanosecond, is at most 0.1 % too long.
const FASTEST: u64 = 1_000_000;

const fn identity(count: u32, period: u32, capacity: u32, algorithm: Algorithm) -> u64 {
    let kind = match algorithm {
        Algorithm::Gcra => 1,
        Algorithm::FixedWindow(Align::PerKeyOffset) => 2,
        Algorithm::FixedWindow(Align::Epoch) => 3,
        Algorithm::FixedWindow(Align::FirstHit) => 4,
        Algorithm::SlidingCounter => 5,
        Algorithm::SlidingLog => 6,
        Algorithm::FixedWindow(Align::Calendar(offset)) => 7 | (offset.minutes() as u16 as u64) << 8,
    };
    let hash = mix((count as u64) << 32 | period as u64);
    mix(hash ^ ((capacity as u64) << 32 | kind))
}

/// The finaliser of SplitMix64: a permutation of 64-bit numbers.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::{super::align::UtcOffset, *};

    #[test]
    fn t4_five_a_second_is_five_a_second() {
        let quota = Rate::per_second(5).burst(10).quota().unwrap();
        assert_eq!(quota.interval_nanos(), 200_000_000);
        assert_eq!((quota.capacity(), quota.window_secs()), (10, 2));
        assert_eq!(Rate::per_second(7).quota().unwrap().window_secs(), 1);
    }

    #[test]
    fn a205_extremes_are_no_quotas() {
        let check = |rate: Rate, expected| assert_eq!(rate.quota().err(), Some(expected), "{rate:?}");
        let decade = Period::days(3_650);
        check(Rate::new(1, decade).burst(u32::MAX), QuotaErrorKind::BurstTooLong);
        check(Rate::new(1, decade).burst(2), QuotaErrorKind::BurstTooLong);
        check(Rate::per_second(1_000_000_000), QuotaErrorKind::TooFast);
        check(Rate::per_second(1_000_001), QuotaErrorKind::TooFast);
        check(Rate::new(5, Period::seconds(0)), QuotaErrorKind::ZeroPeriod);
        check(Rate::new(5, Period::days(3_651)), QuotaErrorKind::PeriodTooLong);
        check(Rate::new(5, Period::days(585 * 365)), QuotaErrorKind::PeriodTooLong);
        check(Rate::new(5, Period::hours(u32::MAX)), QuotaErrorKind::PeriodTooLong);
        check(Rate::per_second(0), QuotaErrorKind::ZeroCount);
        check(Rate::per_second(1).burst(0), QuotaErrorKind::ZeroBurst);
        check(Rate::per_second(1).burst(2).fixed_window(Align::Epoch), QuotaErrorKind::BurstInWindow);
        check(Rate::per_second(1).burst(2).sliding_counter(), QuotaErrorKind::BurstInWindow);
        check(Rate::per_second(1).burst(2).sliding_log(), QuotaErrorKind::BurstInWindow);
        check(Rate::per_minute(MAX_LOGGED + 1).sliding_log(), QuotaErrorKind::LogTooLong);
        let calendar = Align::Calendar(UtcOffset::UTC);
        check(Rate::new(1, Period::days(2)).fixed_window(calendar), QuotaErrorKind::CalendarPeriod);
        check(Rate::per_hour(1).fixed_window(calendar), QuotaErrorKind::CalendarPeriod);
        for rate in [
            Rate::new(1, decade),
            Rate::per_second(1_000_000),
            Rate::per_second(1).burst(LONGEST_SECS),
            Rate::new(u32::MAX, decade),
            Rate::new(u32::MAX, decade).sliding_counter(),
            Rate::new(MAX_LOGGED, decade).sliding_log(),
            Rate::new(1, Period::month()).fixed_window(calendar),
        ] {
            assert!(rate.quota().is_ok(), "{rate:?}");
        }
    }

    #[test]
    fn quotas_that_differ_are_told_apart() {
        let calendar = |minutes| Align::Calendar(UtcOffset::from_minutes(minutes).unwrap());
        let mut identities = vec![Rate::per_second(60), Rate::per_minute(60)];
        for align in [
            Align::Epoch,
            Align::FirstHit,
            Align::PerKeyOffset,
            calendar(0),
            calendar(1),
            calendar(-1),
            calendar(256),
        ] {
            identities.push(Rate::per_day(60).fixed_window(align));
        }
        identities.extend([
            Rate::per_day(60),
            Rate::per_day(60).sliding_counter(),
            Rate::per_day(60).sliding_log(),
        ]);
        let mut identities: Vec<_> = identities.iter().map(|rate| rate.quota().unwrap().identity()).collect();
        let count = identities.len();
        identities.sort_unstable();
        identities.dedup();
        assert_eq!(identities.len(), count);
    }

    #[test]
    fn a_quota_is_small() {
        assert!(size_of::<Quota>() <= 40);
    }
}
