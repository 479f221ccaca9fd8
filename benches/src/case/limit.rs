//! A limit for each address.

use super::{
    Case, Contender, Row,
    bare::{BARE, BARE_AXUM, router},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use axum::body::Body;
use governor::middleware::StateInformationMiddleware;
use palisade_core::{By, ClientIp, Guard as _, Then, gate};
use palisade_limit::{Headers, RateLimit};
use tower::Layer as _;
use tower_governor::{GovernorLayer, governor::GovernorConfigBuilder, key_extractor::PeerIpKeyExtractor};

const OUTSIDE: Contender = Contender { name: "limit-outside", load: outside };
const LAYERED: Contender = Contender { name: "limit-layered", load: layered };
const ALL_HEADERS: Contender = Contender { name: "limit-all-headers", load: all_headers };
const GOVERNOR_OUTSIDE: Contender = Contender { name: "tower-governor-outside", load: governor_outside };
const GOVERNOR_LAYERED: Contender = Contender { name: "tower-governor-layered", load: governor_layered };

pub(super) fn case() -> Case {
    Case {
        name: "limit",
        rows: vec![
            Row::new("palisade, 3 headers, from outside", OUTSIDE, BARE).at_most(2_600).aiming_at(2_000),
            Row::new("palisade, 3 headers, Router::layer", LAYERED, BARE),
            Row::new("palisade, 5 headers (its default), from outside", ALL_HEADERS, BARE),
            Row::new("tower_governor, 2 headers, from outside", GOVERNOR_OUTSIDE, BARE_AXUM),
            Row::new("tower_governor, 2 headers, Router::layer", GOVERNOR_LAYERED, BARE_AXUM),
        ],
    }
}

/// A bucket as large as one go against the clock, which fills about as fast as requests come: nothing is refused, and headers
/// hold everyday numbers.
pub(super) const QUOTA: &str = "1000000/second burst 1000";

const THREE: Proof =
    Proof { headers: &["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"], refuses: None };
/// tower_governor tells no reset.
pub(super) const TWO: &[&str] = &["x-ratelimit-limit", "x-ratelimit-remaining"];

/// Finds the address and counts it.
pub(super) fn by_address(headers: Headers) -> Result<Then<ClientIp, RateLimit>, Failure> {
    let limit = RateLimit::new("address", QUOTA, By::client()).map_err(Failure::setup)?;
    Ok(ClientIp::peer().then(limit.headers(headers)))
}

/// The same bucket.
pub(super) fn governor()
-> Result<GovernorLayer<PeerIpKeyExtractor, StateInformationMiddleware, Body>, Failure> {
    let config =
        GovernorConfigBuilder::default().per_nanosecond(1_000).burst_size(1_000).use_headers().finish();
    Ok(GovernorLayer::new(config.ok_or_else(|| Failure::setup("tower_governor takes no such quota"))?))
}

fn outside() -> Result<Load, Failure> {
    load(gate(by_address(Headers::XRateLimit)?).layer(router()), Ask::palisade(), THREE)
}

fn layered() -> Result<Load, Failure> {
    load(router().layer(gate(by_address(Headers::XRateLimit)?)), Ask::palisade(), THREE)
}

fn all_headers() -> Result<Load, Failure> {
    let headers =
        &["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "ratelimit-policy"];
    let proof = Proof { headers, refuses: None };
    load(gate(by_address(Headers::Both)?).layer(router()), Ask::palisade(), proof)
}

fn governor_outside() -> Result<Load, Failure> {
    load(governor()?.layer(router()), Ask::axum(), Proof { headers: TWO, refuses: None })
}

fn governor_layered() -> Result<Load, Failure> {
    load(router().layer(governor()?), Ask::axum(), Proof { headers: TWO, refuses: None })
}
