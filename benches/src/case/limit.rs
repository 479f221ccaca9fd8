//! A limit for each address.

use super::{
    Case, Contender, Row,
    bare::{BARE, BARE_AXUM, BARE_SERVED, router},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use axum::body::Body;
use axum_governor::{extractor::PeerIp, nz};
use governor::middleware::StateInformationMiddleware;
use palisade_core::{By, ClientIp, Guard as _, Then, gate};
use palisade_limit::{Headers, RateLimit};
use std::{net::IpAddr, time::Duration};
use tower::Layer as _;
use tower_governor::{GovernorLayer, governor::GovernorConfigBuilder, key_extractor::PeerIpKeyExtractor};

const OUTSIDE: Contender = Contender { name: "limit-outside", load: outside };
const LAYERED: Contender = Contender { name: "limit-layered", load: layered };
const ALL_HEADERS: Contender = Contender { name: "limit-all-headers", load: all_headers };
const GOVERNOR_OUTSIDE: Contender = Contender { name: "tower-governor-outside", load: governor_outside };
const SERVED: Contender = Contender { name: "limit-served", load: served };
const GOVERNOR_SERVED: Contender = Contender { name: "tower-governor-served", load: governor_served };
const AXUM_GOVERNOR_LAYERED: Contender =
    Contender { name: "axum-governor-layered", load: axum_governor_layered };
const GOVERNOR_LAYERED: Contender = Contender { name: "tower-governor-layered", load: governor_layered };

pub(crate) fn case() -> Case {
    Case {
        name: "limit",
        rows: vec![
            Row::new("palisade, 3 headers, from outside", OUTSIDE, BARE).at_most(2_600).aiming_at(2_000),
            Row::new("palisade, 3 headers, Router::layer", LAYERED, BARE),
            Row::new("palisade, 3 headers, Router::layer, served by axum", SERVED, BARE_SERVED),
            Row::new("palisade, 5 headers (its default), from outside", ALL_HEADERS, BARE),
            Row::new("tower_governor, 2 headers, from outside", GOVERNOR_OUTSIDE, BARE_AXUM),
            Row::new("tower_governor, 2 headers, Router::layer", GOVERNOR_LAYERED, BARE_AXUM),
            Row::new(
                "tower_governor, 2 headers, Router::layer, served by axum",
                GOVERNOR_SERVED,
                BARE_SERVED,
            ),
            Row::new("axum-governor, 5 headers, Router::layer", AXUM_GOVERNOR_LAYERED, BARE_AXUM),
        ],
    }
}

/// A bucket as large as one go against the clock, which fills about as fast as requests come: nothing is refused, and headers
/// hold everyday numbers.
pub(crate) const QUOTA: &str = "1000000/second burst 1000";

const THREE: Proof =
    Proof { headers: &["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"], refuses: None };
/// tower_governor tells no reset.
pub(super) const TWO: &[&str] = &["x-ratelimit-limit", "x-ratelimit-remaining"];

const FIVE: &[&str] =
    &["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "ratelimit-policy"];

/// Finds the address and counts it.
pub(super) fn by_address(headers: Headers) -> Result<Then<ClientIp, RateLimit>, Failure> {
    let limit = RateLimit::new("address", QUOTA, By::client()).map_err(Failure::setup)?;
    Ok(ClientIp::peer().then(limit.headers(headers)))
}

/// The same bucket.
pub(crate) fn governor()
-> Result<GovernorLayer<PeerIpKeyExtractor, StateInformationMiddleware, Body>, Failure> {
    governor_with(Duration::from_nanos(1_000), 1_000)
}

/// One unit a period, so many at once.
pub(crate) fn governor_with(
    period: Duration,
    burst: u32,
) -> Result<GovernorLayer<PeerIpKeyExtractor, StateInformationMiddleware, Body>, Failure> {
    let config = GovernorConfigBuilder::default().period(period).burst_size(burst).use_headers().finish();
    Ok(GovernorLayer::new(config.ok_or_else(|| Failure::setup("tower_governor takes no such quota"))?))
}

fn outside() -> Result<Load, Failure> {
    load(gate(by_address(Headers::XRateLimit)?).layer(router()), Ask::palisade(), THREE)
}

fn layered() -> Result<Load, Failure> {
    load(router().layer(gate(by_address(Headers::XRateLimit)?)), Ask::palisade(), THREE)
}

fn served() -> Result<Load, Failure> {
    let router = router().layer(gate(by_address(Headers::XRateLimit)?)).with_state(());
    load(router, Ask::palisade(), THREE)
}

fn all_headers() -> Result<Load, Failure> {
    let proof = Proof { headers: FIVE, refuses: None };
    load(gate(by_address(Headers::Both)?).layer(router()), Ask::palisade(), proof)
}

fn governor_outside() -> Result<Load, Failure> {
    load(governor()?.layer(router()), Ask::axum(), Proof { headers: TWO, refuses: None })
}

fn governor_layered() -> Result<Load, Failure> {
    load(router().layer(governor()?), Ask::axum(), Proof { headers: TWO, refuses: None })
}

fn governor_served() -> Result<Load, Failure> {
    load(router().layer(governor()?).with_state(()), Ask::axum(), Proof { headers: TWO, refuses: None })
}

/// The same bucket, as near as its grammar comes: refilled with 1,000,000 a second, 1,000 deep.
pub(crate) fn axum_governor(
    quota: axum_governor::Quota,
) -> Result<axum_governor::GovernorLayer<IpAddr>, Failure> {
    let config = axum_governor::GovernorConfigBuilder::default()
        .with_extractor(PeerIp::default())
        .expect_connect_info()
        .quota_default(quota)
        .gc_disable()
        .finish();
    Ok(axum_governor::GovernorLayer::new(config.map_err(Failure::setup)?))
}

fn axum_governor_layered() -> Result<Load, Failure> {
    let quota = axum_governor::Quota::requests_per_second(nz!(1_000_000_u32)).burst(nz!(1_000_u32));
    load(router().layer(axum_governor(quota)?), Ask::axum(), Proof { headers: FIVE, refuses: None })
}
