//! Time of whole requests, in turns.

use super::{CROWD, Found, address, median, scattered};
use crate::{
    ask::Ask,
    case::{
        bare::router,
        limit::{axum_governor, governor_with},
    },
    clock::thread_nanos,
    failure::Failure,
    load::exchange,
};
use axum::Router;
use axum_governor::{Quota, nz};
use palisade_core::{By, ClientIp, Guard as _, gate};
use palisade_limit::{Headers, MemoryStore, RateLimit};
use std::{net::Ipv4Addr, sync::Arc, time::Duration};
use tower::Layer as _;

const GOES: usize = 61;
const GO: u32 = 2_000;
/// Everybody is compared with this one.
const THEIRS: usize = 1;

struct Contender {
    name: &'static str,
    ask: Box<dyn Fn(Ipv4Addr) -> Result<(), Failure>>,
}

/// Requests of one client, then of a million.
pub(super) fn compare() -> Result<Vec<Found>, Failure> {
    let one = |_: u32| address(7);
    let fast = contenders("1000000/second burst 1000", Duration::from_nanos(1_000), 1_000)?;
    let mut found = in_turns("ns a request, one client", &fast, one)?;
    drop(fast);
    // Slow enough that every client still matters when its next request comes.
    let slow = contenders("10/day", Duration::from_secs(8_640), 10)?;
    for contender in &slow {
        (0..CROWD).try_for_each(|client| (contender.ask)(address(client)))?;
    }
    let crowd = |step| address(scattered(step));
    found.extend(in_turns("ns a request, 10^6 clients", &slow, crowd)?);
    Ok(found)
}

fn in_turns(
    what: &'static str,
    contenders: &[Contender],
    client: impl Fn(u32) -> Ipv4Addr,
) -> Result<Vec<Found>, Failure> {
    let mut figures = vec![Vec::with_capacity(GOES); contenders.len()];
    for go in 0..GOES as u32 {
        for (contender, figures) in contenders.iter().zip(&mut figures) {
            let start = thread_nanos();
            (go * GO..(go + 1) * GO).try_for_each(|step| (contender.ask)(client(step)))?;
            figures.push((thread_nanos() - start) as f64 / f64::from(GO));
        }
    }
    let above = |at: usize| {
        let pairs = figures[at].iter().zip(&figures[0]);
        median(pairs.map(|(one, bare)| one - bare).collect::<Vec<f64>>())
    };
    let theirs = above(THEIRS)?;
    (1..contenders.len())
        .map(|at| {
            let above = above(at)?;
            let (figure, ratio) = (above.round() as i64, above / theirs);
            Ok(Found { what, contender: contenders[at].name, figure, ratio, goal: None })
        })
        .collect()
}

/// The bare router first, then the one that the others are compared with.
fn contenders(quota: &str, period: Duration, burst: u32) -> Result<Vec<Contender>, Failure> {
    let ours = || -> Result<_, Failure> {
        let store = MemoryStore::with_capacity(CROWD as usize).map_err(Failure::setup)?;
        let limit = RateLimit::new("address", quota, By::client()).map_err(Failure::setup)?;
        let limit = limit.headers(Headers::XRateLimit).store(Arc::new(store));
        Ok(gate(ClientIp::peer().then(limit)))
    };
    // As `axum::serve` prepares every router.
    let served = |router: Router| router.with_state(());
    let theirs = match burst {
        10 => Quota::requests_per_hour(nz!(1_u32)).burst(nz!(10_u32)),
        _ => Quota::requests_per_second(nz!(1_000_000_u32)).burst(nz!(1_000_u32)),
    };
    Ok(vec![
        contender("bare", served(router()), Ask::axum()),
        contender(
            "tower_governor, 2 headers, Router::layer",
            served(router().layer(governor_with(period, burst)?)),
            Ask::axum(),
        ),
        contender("palisade, 3 headers, Router::layer", served(router().layer(ours()?)), Ask::palisade()),
        contender("palisade, 3 headers, outside", ours()?.layer(served(router())), Ask::palisade()),
        contender(
            "axum-governor, 5 headers, Router::layer",
            served(router().layer(axum_governor(theirs)?)),
            Ask::axum(),
        ),
    ])
}

fn contender<S, B>(name: &'static str, service: S, ask: Ask) -> Contender
where
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = http::Response<B>,
            Error = std::convert::Infallible,
        > + Clone
        + 'static,
    B: http_body::Body<Data = bytes::Bytes>,
{
    Contender { name, ask: Box::new(move |client| exchange(&service, ask.from(client))) }
}
