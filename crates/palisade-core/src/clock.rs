//! The only file that reads a clock.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Nanoseconds on the monotonic clock of this process; for durations, never for dates.
///
/// Arithmetic saturates: no input makes it panic or wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// A point `nanos` nanoseconds after the start of the clock.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start of the clock.
    #[must_use]
    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Nanoseconds from `earlier` until here; zero where `earlier` is later.
    #[must_use]
    #[inline]
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This point moved on by `nanos` nanoseconds.
    #[must_use]
    #[inline]
    pub const fn plus_nanos(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

/// A date: nanoseconds since 1970-01-01 UTC, up to the year 2554.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The date `secs` seconds after the epoch.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(NANOS))
    }

    /// The date `nanos` nanoseconds after the epoch.
    #[must_use]
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    #[inline]
    pub const fn as_secs(self) -> u64 {
        self.0 / NANOS
    }

    /// This date moved on by `nanos` nanoseconds.
    #[must_use]
    #[inline]
    pub const fn plus_nanos(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// Whole seconds since the epoch, rounded up.
    #[must_use]
    #[inline]
    pub const fn as_secs_ceil(self) -> u64 {
        self.0.div_ceil(NANOS)
    }
}

/// One reading of both clocks, so that a request is judged at one point in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// For durations: limits, breakers, caches.
    pub mono: Timestamp,
    /// For dates: expiry of tokens, `X-RateLimit-Reset`.
    pub wall: UnixTime,
}

impl Moment {
    /// The date of a monotonic point, seen from this moment.
    #[must_use]
    #[inline]
    pub const fn wall_of(&self, at: Timestamp) -> UnixTime {
        if at.0 >= self.mono.0 {
            UnixTime(self.wall.0.saturating_add(at.0 - self.mono.0))
        } else {
            UnixTime(self.wall.0.saturating_sub(self.mono.0 - at.0))
        }
    }
}

/// Where time comes from: the system, or a test.
///
/// ```
/// use palisade_core::{Clock, ManualClock, UnixTime};
/// use std::time::Duration;
///
/// let time = ManualClock::new(UnixTime::from_secs(1_700_000_000));
/// let clock = Clock::manual(&time);
/// time.advance(Duration::from_secs(5));
/// assert_eq!(clock.now().wall.as_secs(), 1_700_000_005);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(ManualClock),
}

impl Clock {
    /// The clock of the operating system.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    #[inline]
    pub(crate) const fn is_system(&self) -> bool {
        matches!(self.0, Source::System)
    }

    /// A clock that moves only when the test moves it.
    #[must_use]
    pub fn manual(time: &ManualClock) -> Self {
        Self(Source::Manual(time.clone()))
    }

    /// Whether both tell one time: the system's, or that of one test. Only then can their moments be compared.
    ///
    /// ```
    /// use palisade_core::{Clock, ManualClock, UnixTime};
    ///
    /// let (one, other) = (ManualClock::new(UnixTime::from_secs(1)), ManualClock::new(UnixTime::from_secs(1)));
    /// assert!(Clock::system().agrees(&Clock::system()));
    /// assert!(Clock::manual(&one).agrees(&Clock::manual(&one.clone())));
    /// assert!(!Clock::manual(&one).agrees(&Clock::manual(&other)));
    /// assert!(!Clock::manual(&one).agrees(&Clock::system()));
    /// ```
    #[must_use]
    #[inline]
    pub fn agrees(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Source::System, Source::System) => true,
            (Source::Manual(one), Source::Manual(other)) => Arc::ptr_eq(&one.0, &other.0),
            (Source::System, Source::Manual(_)) | (Source::Manual(_), Source::System) => false,
        }
    }

    /// Reads both clocks at once.
    #[must_use]
    #[inline]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(time) => time.now(),
        }
    }
}

/// Time that a test holds in its hand; clones share it.
#[derive(Clone)]
pub struct ManualClock(Arc<Hands>);

struct Hands {
    mono: AtomicU64,
    wall: AtomicU64,
}

impl ManualClock {
    /// Starts at `wall`, one hour after the start of the monotonic clock.
    #[must_use]
    pub fn new(wall: UnixTime) -> Self {
        Self(Arc::new(Hands { mono: AtomicU64::new(3_600 * NANOS), wall: AtomicU64::new(wall.0) }))
    }

    /// Moves both clocks on.
    pub fn advance(&self, by: Duration) {
        let nanos = nanos(by);
        self.0.mono.fetch_add(nanos, Relaxed);
        self.0.wall.fetch_add(nanos, Relaxed);
    }

    /// Steps the wall clock alone, as an administrator or a bad time server does.
    pub fn set_wall(&self, wall: UnixTime) {
        self.0.wall.store(wall.0, Relaxed);
    }

    /// Sets the monotonic clock alone, even backwards, as no sane machine does.
    pub fn set_mono(&self, mono: Timestamp) {
        self.0.mono.store(mono.0, Relaxed);
    }

    /// What a [`Clock`] made from it reads.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment { mono: Timestamp(self.0.mono.load(Relaxed)), wall: UnixTime(self.0.wall.load(Relaxed)) }
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

const NANOS: u64 = 1_000_000_000;
/// How often the wall clock is compared with the monotonic one.
const COMPARE_EVERY: u64 = NANOS / 4;
/// A smaller difference is jitter between two readings, not a step. Ignoring it keeps printed dates the same from one
/// response to the next.
const STEP: u64 = NANOS / 50;

struct Anchor {
    start: Instant,
    /// Wall clock at `start`, in nanoseconds since the epoch; follows steps of the wall clock.
    wall: AtomicU64,
    compared: AtomicU64,
}

static ANCHOR: OnceLock<Anchor> = OnceLock::new();

/// One clock read for both clocks: the date is the monotonic reading plus an offset that is compared four times a second.
#[allow(clippy::disallowed_methods, reason = "this is the file that reads clocks")]
fn system_now() -> Moment {
    let anchor = ANCHOR.get_or_init(|| Anchor {
        start: Instant::now(),
        wall: AtomicU64::new(system_wall()),
        compared: AtomicU64::new(0),
    });
    let elapsed = anchor.start.elapsed();
    // Processes do not run for 584 years.
    let mono = elapsed.as_secs().wrapping_mul(NANOS).wrapping_add(elapsed.subsec_nanos().into());
    if mono.saturating_sub(anchor.compared.load(Relaxed)) >= COMPARE_EVERY {
        anchor.compared.store(mono, Relaxed);
        let there = system_wall().saturating_sub(mono);
        if there.abs_diff(anchor.wall.load(Relaxed)) > STEP {
            anchor.wall.store(there, Relaxed);
        }
    }
    Moment { mono: Timestamp(mono), wall: UnixTime(anchor.wall.load(Relaxed).wrapping_add(mono)) }
}

#[allow(clippy::disallowed_methods, reason = "this is the file that reads clocks")]
fn system_wall() -> u64 {
    nanos(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(NANOS).saturating_add(duration.subsec_nanos().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_moves_on_and_tells_the_date() {
        let first = Clock::system().now();
        let then = Clock::system().now();
        assert!(then.mono >= first.mono);
        assert!(then.wall.as_secs() > 1_600_000_000);
    }

    #[test]
    fn a_point_keeps_its_date_whichever_moment_it_is_seen_from() {
        let end = Timestamp::from_nanos(90 * NANOS);
        let a = Moment { mono: Timestamp(30 * NANOS), wall: UnixTime::from_secs(1_000) };
        let b = Moment { mono: Timestamp(100 * NANOS), wall: UnixTime::from_secs(1_070) };
        assert_eq!(a.wall_of(end), UnixTime::from_secs(1_060));
        assert_eq!(b.wall_of(end), UnixTime::from_secs(1_060));
    }

    #[test]
    fn a207_clocks_that_jump_saturate() {
        let far = Timestamp::from_nanos(u64::MAX);
        assert_eq!(far.plus_nanos(1), far);
        assert_eq!(Timestamp::from_nanos(1).nanos_since(far), 0);
        assert_eq!(Moment::default().wall_of(far).as_nanos(), u64::MAX);
    }
}
