//! Decisions alone: an address and a clock in, a verdict out.

use super::{CROWD, Found, address, median, scattered};
use crate::{
    clock::{thread_nanos, wall_nanos},
    failure::Failure,
};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use palisade_core::{Clock, KeyHasher};
use palisade_limit::{Charge, MemoryStore, Op, Quota, RateStore as _};
use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::Barrier,
    thread,
    time::Duration,
};

const GOES: usize = 31;
const GO: u32 = 50_000;

/// Whether this client is admitted.
type Decide<'l> = &'l (dyn Fn(Ipv4Addr) -> bool + Sync);

/// Our store and governor's, which most others are built on: one thread and two, one client and a million.
pub(super) fn compare() -> Result<Vec<Found>, Failure> {
    let hasher = KeyHasher::random("bench").map_err(Failure::setup)?;
    let clock = Clock::system();
    // So deep that nobody is refused; so slow that every client matters all the time.
    let burst = GO * GOES as u32 * 3;
    let quota: Quota = format!("1000/day burst {burst}").parse().map_err(Failure::setup)?;
    let store = MemoryStore::with_capacity(CROWD as usize).map_err(Failure::setup)?;
    let ours = |client: Ipv4Addr| {
        let charge = Charge { key: hasher.client(IpAddr::V4(client)), quota: &quota, cost: 1 };
        let answer = store.apply(Op::Take, &[charge], clock.now()).try_now();
        answer.is_ok_and(|answer| answer.is_ok_and(|outcome| outcome.admitted()))
    };
    let theirs = governor::Quota::with_period(Duration::from_millis(86_400))
        .zip(NonZeroU32::new(burst))
        .map(|(quota, burst)| quota.allow_burst(burst))
        .ok_or_else(|| Failure::setup("governor takes no such quota"))?;
    let limiter: DefaultKeyedRateLimiter<IpAddr> = RateLimiter::keyed(theirs);
    let theirs = |client: Ipv4Addr| limiter.check_key(&IpAddr::V4(client)).is_ok();
    let mut found = Vec::new();
    found.extend(alone("ns a decision, one client", [&ours, &theirs], |_| address(7))?);
    if !(0..CROWD).all(|client| ours(address(client)) && theirs(address(client))) {
        return Err(refused());
    }
    let crowd = |step| address(scattered(step));
    found.extend(alone("ns a decision, 10^6 clients", [&ours, &theirs], crowd)?);
    found.extend(together("ns a decision, 2 threads, one client", [&ours, &theirs], |_| address(7), None)?);
    let goal = Some(0.55);
    found.extend(together("ns a decision, 2 threads, 10^6 clients", [&ours, &theirs], crowd, goal)?);
    Ok(found)
}

fn alone(
    what: &'static str,
    stores: [Decide<'_>; 2],
    client: impl Fn(u32) -> Ipv4Addr,
) -> Result<[Found; 2], Failure> {
    in_turns(what, stores, None, |decide, go| {
        let start = thread_nanos();
        let admitted = (go * GO..(go + 1) * GO).all(|step| decide(client(step)));
        admitted.then(|| thread_nanos() - start)
    })
}

/// Time that passes until both threads are through, for one decision of each.
fn together(
    what: &'static str,
    stores: [Decide<'_>; 2],
    client: impl Fn(u32) -> Ipv4Addr + Sync,
    goal: Option<f64>,
) -> Result<[Found; 2], Failure> {
    in_turns(what, stores, goal, |decide, go| {
        let barrier = Barrier::new(2);
        let work = |first: u32| {
            barrier.wait();
            let start = wall_nanos();
            let admitted = (first..first + GO).all(|step| decide(client(step)));
            admitted.then(|| wall_nanos() - start)
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| work(go * GO));
            let mine = work((go + GOES as u32) * GO)?;
            other.join().ok().flatten().map(|other| mine.max(other))
        })
    })
}

fn in_turns(
    what: &'static str,
    stores: [Decide<'_>; 2],
    goal: Option<f64>,
    measure: impl Fn(Decide<'_>, u32) -> Option<u64>,
) -> Result<[Found; 2], Failure> {
    let (mut figures, mut ratios) = ([const { Vec::new() }; 2], Vec::new());
    for go in 0..GOES as u32 {
        let mut pair = [0.0; 2];
        for ((decide, figures), each) in stores.iter().zip(&mut figures).zip(&mut pair) {
            *each = measure(*decide, go).ok_or_else(refused)? as f64 / f64::from(GO);
            figures.push(*each);
        }
        ratios.push(pair[0] / pair[1]);
    }
    let [ours, theirs] = figures;
    let ratio = median(ratios)?;
    Ok([
        Found {
            what,
            contender: "palisade's memory store",
            figure: median(ours)?.round() as i64,
            ratio,
            goal,
        },
        Found {
            what,
            contender: "governor, keyed (DashMap)",
            figure: median(theirs)?.round() as i64,
            ratio: 1.0,
            goal: None,
        },
    ])
}

fn refused() -> Failure {
    Failure::setup("somebody was refused")
}
