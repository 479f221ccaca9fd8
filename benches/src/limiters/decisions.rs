//! Decisions alone: an address and a clock in, a verdict out.

use super::{CROWD, Found, address, median, scattered};
use crate::{
    clock::{thread_nanos, wall_nanos},
    failure::Failure,
};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use palisade_core::{Clock, KeyHasher};
use palisade_limit::{Charge, MemoryStore, Quota, RateStore as _};
use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::{
        Barrier,
        atomic::{
            AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    thread,
    time::Duration,
};

const GOES: usize = 11;
const CONTENDERS: usize = 4;
/// Every client of a crowd once, so that no part of a table is left out.
const GO: u32 = CROWD;

/// Whether this client is admitted.
type Decide<'l> = &'l (dyn Fn(Ipv4Addr) -> bool + Sync);

/// Our store and governor's, which most others are built on: one thread and two, one client and a million.
pub(super) fn compare() -> Result<Vec<Found>, Failure> {
    // One client has more than anybody asks for; in a crowd every client matters all the time.
    let fast = Pair::new("1000000/second burst 20000000", Duration::from_nanos(1_000), 20_000_000)?;
    let slow = Pair::new("100/day", Duration::from_secs(864), 100)?;
    let all =
        |client| slow.ours(&slow.store, client) && slow.ours(&slow.whole, client) && slow.theirs(client);
    if !(0..CROWD).map(address).all(all) {
        return Err(refused());
    }
    let one = |_| address(7);
    let crowd = |step| address(scattered(step));
    let mut found = Vec::new();
    found.extend(alone("ns a decision, one client", &fast, one)?);
    found.extend(alone("ns a decision, 10^6 clients", &slow, crowd)?);
    found.extend(together("ns a decision, 2 threads, one client", &fast, one, None)?);
    found.extend(together("ns a decision, 2 threads, 10^6 clients", &slow, crowd, Some(0.55))?);
    Ok(found)
}

/// Two stores that count the same.
struct Pair {
    hasher: KeyHasher,
    clock: Clock,
    quota: Quota,
    store: MemoryStore,
    whole: MemoryStore,
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    least: Box<[AtomicU64]>,
}

/// As many words as our table has for a crowd.
const WORDS: usize = CROWD as usize * 3;

impl Pair {
    fn new(quota: &str, period: Duration, burst: u32) -> Result<Self, Failure> {
        let theirs = governor::Quota::with_period(period)
            .zip(NonZeroU32::new(burst))
            .map(|(quota, burst)| quota.allow_burst(burst))
            .ok_or_else(|| Failure::setup("governor takes no such quota"))?;
        let quota: Quota = quota.parse().map_err(Failure::setup)?;
        let store = || MemoryStore::with_capacity(CROWD as usize).map_err(Failure::setup);
        Ok(Self {
            hasher: KeyHasher::random("bench").map_err(Failure::setup)?,
            clock: Clock::system(),
            whole: store()?.preallocate(&quota),
            quota,
            store: store()?,
            limiter: RateLimiter::keyed(theirs),
            least: (0..WORDS).map(|_| AtomicU64::new(0)).collect(),
        })
    }

    fn ours(&self, store: &MemoryStore, client: Ipv4Addr) -> bool {
        let key = self.hasher.client(IpAddr::V4(client));
        let charge = Charge { key, quota: &self.quota, cost: 1 };
        store.take_at_once(&charge, &|| self.clock.now()).is_some_and(|decision| decision.admitted)
    }

    fn theirs(&self, client: Ipv4Addr) -> bool {
        self.limiter.check_key(&IpAddr::V4(client)).is_ok()
    }

    /// What no exact store can do without: a keyed hash, the clock, and two words of memory that are locked, changed and released. It
    /// knows nobody and refuses nobody. Its memory is in pages of the usual size.
    fn least(&self, client: Ipv4Addr) -> bool {
        let key = u128::from_le_bytes(*self.hasher.client(IpAddr::V4(client)).as_bytes());
        let (places, _) = self.least.as_chunks::<2>();
        let nth = ((key >> 64) * places.len() as u128) >> 64;
        let now = self.clock.now().mono.as_nanos();
        let Some([lock, until]) = places.get(nth as usize) else { return false };
        let free = lock.load(Relaxed) & !1;
        if lock.compare_exchange(free, free | 1, Acquire, Relaxed).is_ok() {
            until.store(until.load(Relaxed).max(now) + 1, Relaxed);
            lock.store(free, Release);
        }
        true
    }
}

fn alone(
    what: &'static str,
    pair: &Pair,
    client: impl Fn(u32) -> Ipv4Addr,
) -> Result<[Found; CONTENDERS], Failure> {
    in_turns(what, pair, None, |decide, go| {
        let start = thread_nanos();
        let admitted = (go * GO..(go + 1) * GO).all(|step| decide(client(step)));
        admitted.then(|| thread_nanos() - start)
    })
}

/// Time that passes until both threads are through, for one decision of each.
fn together(
    what: &'static str,
    pair: &Pair,
    client: impl Fn(u32) -> Ipv4Addr + Sync,
    goal: Option<f64>,
) -> Result<[Found; CONTENDERS], Failure> {
    in_turns(what, pair, goal, |decide, go| {
        let barrier = Barrier::new(2);
        let work = |first: u32| {
            barrier.wait();
            let start = wall_nanos();
            let admitted = (first..first + GO).all(|step| decide(client(step)));
            admitted.then(|| (start, wall_nanos()))
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| work(go * GO));
            let mine = work((go + GOES as u32) * GO)?;
            let other = other.join().ok().flatten()?;
            Some(mine.1.max(other.1) - mine.0.min(other.0))
        })
    })
}

fn in_turns(
    what: &'static str,
    pair: &Pair,
    goal: Option<f64>,
    measure: impl Fn(Decide<'_>, u32) -> Option<u64>,
) -> Result<[Found; CONTENDERS], Failure> {
    let stores: [Decide<'_>; CONTENDERS] = [
        &|client| pair.ours(&pair.store, client),
        &|client| pair.theirs(client),
        &|client| pair.ours(&pair.whole, client),
        &|client| pair.least(client),
    ];
    let (mut figures, mut ratios) = ([const { Vec::new() }; CONTENDERS], [const { Vec::new() }; CONTENDERS]);
    for go in 0..GOES as u32 {
        let mut all = [0.0; CONTENDERS];
        for ((decide, figures), each) in stores.iter().zip(&mut figures).zip(&mut all) {
            *each = measure(*decide, go).ok_or_else(refused)? as f64 / f64::from(GO);
            figures.push(*each);
        }
        ratios.iter_mut().zip(all).for_each(|(ratios, each)| ratios.push(each / all[1]));
    }
    let [ours, theirs, whole, least] = figures;
    let [our_ratio, _, whole_ratio, least_ratio] = ratios;
    let found = |contender, figures, ratio, goal| -> Result<Found, Failure> {
        Ok(Found { what, contender, figure: median::<f64>(figures)?.round() as i64, ratio, goal })
    };
    Ok([
        found("palisade's memory store", ours, median(our_ratio)?, None)?,
        found("the same, preallocated", whole, median(whole_ratio)?, goal)?,
        found("governor, keyed (DashMap)", theirs, 1.0, None)?,
        found("a hash, the clock and one line of memory", least, median(least_ratio)?, None)?,
    ])
}

fn refused() -> Failure {
    Failure::setup("somebody was refused")
}
