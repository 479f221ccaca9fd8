//! A limit for each address, and a token.

use super::{
    Case, Contender, Row,
    bare::{BARE_AXUM_TOKEN, BARE_TOKEN, router},
    limit::{TWO, by_address, governor},
    token::{authenticate, proof, tower_http},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use palisade_core::gate;
use palisade_limit::Headers;
use tower::{Layer as _, ServiceBuilder};

const OUTSIDE: Contender = Contender { name: "limit-token-outside", load: outside };
const LAYERED: Contender = Contender { name: "limit-token-layered", load: layered };
const PEERS_OUTSIDE: Contender = Contender { name: "peers-outside", load: peers_outside };
const PEERS_LAYERED: Contender = Contender { name: "peers-layered", load: peers_layered };
const PEERS_TWO_LAYERS: Contender = Contender { name: "peers-two-layers", load: peers_two_layers };

pub(super) fn case() -> Case {
    Case {
        name: "limit-token",
        rows: vec![
            Row::new("palisade, one gate, from outside, without the digest", OUTSIDE, BARE_TOKEN)
                .without_digest()
                .at_most(3_000)
                .aiming_at(2_300),
            Row::new("palisade, one gate, Router::layer, without the digest", LAYERED, BARE_TOKEN)
                .without_digest(),
            Row::new("tower_governor + tower-http, from outside", PEERS_OUTSIDE, BARE_AXUM_TOKEN),
            Row::new("tower_governor + tower-http, one Router::layer", PEERS_LAYERED, BARE_AXUM_TOKEN),
            Row::new("tower_governor + tower-http, two Router::layer", PEERS_TWO_LAYERS, BARE_AXUM_TOKEN),
        ],
    }
}

const OURS: Proof = Proof {
    headers: &["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
    ..proof(Ask::palisade())
};
const THEIRS: Proof = Proof { headers: TWO, ..proof(Ask::axum()) };

fn outside() -> Result<Load, Failure> {
    let chain = by_address(Headers::XRateLimit)?.then(authenticate()?);
    load(gate(chain).layer(router()), Ask::palisade().with_token(), OURS)
}

fn layered() -> Result<Load, Failure> {
    let chain = by_address(Headers::XRateLimit)?.then(authenticate()?);
    load(router().layer(gate(chain)), Ask::palisade().with_token(), OURS)
}

fn peers_outside() -> Result<Load, Failure> {
    load(governor()?.layer(tower_http().layer(router())), Ask::axum().with_token(), THEIRS)
}

fn peers_layered() -> Result<Load, Failure> {
    let both = ServiceBuilder::new().layer(governor()?).layer(tower_http());
    load(router().layer(both), Ask::axum().with_token(), THEIRS)
}

fn peers_two_layers() -> Result<Load, Failure> {
    load(router().layer(tower_http()).layer(governor()?), Ask::axum().with_token(), THEIRS)
}
