//! More keys than there is room for.

use super::{
    key,
    process::{mebibytes, resident},
    take, tell,
};
use crate::{clock::thread_nanos, failure::Failure, table::grouped};
use palisade_core::{Clock, Moment};
use palisade_limit::{MemoryStore, Quota};

const ROOM: usize = 200_000;
const STRANGERS: u64 = 10_000_000;
/// Callers that have used up their quota before the flood comes.
const EXHAUSTED: u64 = 1_000;
/// Their keys are far from those of strangers.
const FIRST_EXHAUSTED: u64 = 1 << 62;
const WORST_MILLIS: u64 = 5;
/// After the first million the store is full, and nothing more should be needed.
const GROWTH: u64 = 1 << 20;

/// Fresh addresses, each once, all of which stay active.
pub(super) fn of_strangers() -> Result<(), Failure> {
    let before = resident()?;
    let store = MemoryStore::with_capacity(ROOM).map_err(Failure::setup)?;
    let quota: Quota = "10/day".parse().map_err(Failure::setup)?;
    let now = Clock::system().now();
    let exhausted = || (0..EXHAUSTED).map(|n| key(FIRST_EXHAUSTED + n));
    for key in exhausted() {
        while take(&store, key, &quota, now)? {}
    }
    let flood = flood(&store, &quota, |_| now)?;
    let mut forgotten = 0_u64;
    for key in exhausted() {
        forgotten += u64::from(take(&store, key, &quota, now)?);
    }
    flood.tell(before);
    tell("strangers admitted", &grouped(flood.admitted.cast_signed()), None);
    tell("exhausted keys forgotten", &format!("{forgotten} of {EXHAUSTED}"), Some(("0", forgotten == 0)));
    Ok(())
}

/// Keys whose second is over before half the room is taken.
pub(super) fn of_passers_by() -> Result<(), Failure> {
    let before = resident()?;
    let store = MemoryStore::with_capacity(ROOM).map_err(Failure::setup)?;
    let quota: Quota = "1/second".parse().map_err(Failure::setup)?;
    let start = Clock::system().now();
    let flood = flood(&store, &quota, |n| {
        let nanos = n * 10_000;
        Moment { mono: start.mono.plus_nanos(nanos), wall: start.wall.plus_nanos(nanos) }
    })?;
    flood.tell(before);
    let refused = STRANGERS - flood.admitted;
    tell("keys refused for want of room", &refused.to_string(), Some(("0", refused == 0)));
    Ok(())
}

struct Flood {
    admitted: u64,
    /// Of one decision, in nanoseconds of this thread, and which one that was.
    worst: (u64, u64),
    /// After the first million, and the most after that.
    resident: (u64, u64),
}

fn flood(store: &MemoryStore, quota: &Quota, now: impl Fn(u64) -> Moment) -> Result<Flood, Failure> {
    let mut flood = Flood { admitted: 0, worst: (0, 0), resident: (0, 0) };
    let mut start = thread_nanos();
    for n in 0..STRANGERS {
        flood.admitted += u64::from(take(store, key(n), quota, now(n))?);
        let end = thread_nanos();
        flood.worst = flood.worst.max((end - start, n));
        start = end;
        if (n + 1).is_multiple_of(1_000_000) {
            let here = resident()?;
            let (first, most) = flood.resident;
            flood.resident = (if first == 0 { here } else { first }, most.max(here));
            start = thread_nanos();
        }
    }
    Ok(flood)
}

impl Flood {
    fn tell(&self, before: u64) {
        let (first, most) = self.resident;
        tell("resident before", &mebibytes(before), None);
        tell("resident after 10^6 keys", &mebibytes(first), None);
        let growth = most - first;
        tell("growth from there to 10^7 keys", &mebibytes(growth), Some(("1.0 MiB", growth <= GROWTH)));
        let (worst, nth) = self.worst;
        let kept = worst <= WORST_MILLIS * 1_000_000;
        let worst = format!("{:.3} ms, decision {}", worst as f64 / 1e6, grouped(nth.cast_signed()));
        tell("worst single decision, thread CPU time", &worst, Some((&format!("{WORST_MILLIS} ms"), kept)));
    }
}
