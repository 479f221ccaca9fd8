//! One static bearer token.

use super::{
    Case, Contender, Row,
    bare::{BARE_AXUM_TOKEN, BARE_TOKEN, BARE_TOKEN_SERVED, NOTHING, router},
};
use crate::{
    ask::{Ask, TOKEN},
    failure::Failure,
    load::{Load, Proof, load},
};
use axum::body::Body;
use http::StatusCode;
use palisade_core::{Authenticate, CredentialDigest, StaticToken, StaticTokens, gate};
use std::hint::black_box;
use tower::Layer as _;
use tower_http::validate_request::ValidateRequestHeaderLayer;

pub(super) const DIGEST: Contender = Contender { name: "digest", load: digest };
const OUTSIDE: Contender = Contender { name: "token-outside", load: outside };
const LAYERED: Contender = Contender { name: "token-layered", load: layered };
const SERVED: Contender = Contender { name: "token-served", load: served };
const TOWER_HTTP_SERVED: Contender = Contender { name: "tower-http-served", load: tower_http_served };
const TOWER_HTTP_OUTSIDE: Contender = Contender { name: "tower-http-outside", load: tower_http_outside };
const TOWER_HTTP_LAYERED: Contender = Contender { name: "tower-http-layered", load: tower_http_layered };

pub(super) fn case() -> Case {
    Case {
        name: "token",
        rows: vec![
            Row::new("palisade, from outside, without the digest", OUTSIDE, BARE_TOKEN)
                .without_digest()
                .at_most(1_200)
                .aiming_at(800),
            Row::new("palisade, Router::layer, without the digest", LAYERED, BARE_TOKEN)
                .without_digest()
                .at_most(2_200),
            Row::new(
                "palisade, Router::layer, served by axum, without the digest",
                SERVED,
                BARE_TOKEN_SERVED,
            )
            .without_digest(),
            Row::new("the digest (SHA-256) alone", DIGEST, NOTHING).at_most_ns(150),
            Row::new("tower-http bearer, from outside", TOWER_HTTP_OUTSIDE, BARE_AXUM_TOKEN),
            Row::new("tower-http bearer, Router::layer", TOWER_HTTP_LAYERED, BARE_AXUM_TOKEN),
            Row::new(
                "tower-http bearer, Router::layer, served by axum",
                TOWER_HTTP_SERVED,
                BARE_TOKEN_SERVED,
            ),
        ],
    }
}

/// Knows the one good token.
pub(super) fn authenticate() -> Result<Authenticate, Failure> {
    let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).map_err(Failure::setup)?;
    Ok(Authenticate::with(tokens))
}

/// What tower-http says about a token; deprecated there and still the best known way.
#[allow(deprecated, reason = "nothing else there does the same")]
pub(crate) fn tower_http() -> ValidateRequestHeaderLayer<tower_http::auth::require_authorization::Bearer<Body>>
{
    ValidateRequestHeaderLayer::bearer(TOKEN)
}

pub(super) const fn proof(ask: Ask) -> Proof {
    Proof { headers: &[], refuses: Some((ask.with_wrong_token(), StatusCode::UNAUTHORIZED)) }
}

fn outside() -> Result<Load, Failure> {
    let ask = Ask::palisade();
    load(gate(authenticate()?).layer(router()), ask.with_token(), proof(ask))
}

fn layered() -> Result<Load, Failure> {
    let ask = Ask::palisade();
    load(router().layer(gate(authenticate()?)), ask.with_token(), proof(ask))
}

fn served() -> Result<Load, Failure> {
    let ask = Ask::palisade();
    load(router().layer(gate(authenticate()?)).with_state(()), ask.with_token(), proof(ask))
}

fn tower_http_served() -> Result<Load, Failure> {
    let ask = Ask::axum();
    load(router().layer(tower_http()).with_state(()), ask.with_token(), proof(ask))
}

fn digest() -> Result<Load, Failure> {
    Ok(Load::new(|times| {
        (0..times).for_each(|_| {
            black_box(CredentialDigest::of(black_box(TOKEN.as_bytes())));
        });
        Ok(())
    }))
}

fn tower_http_outside() -> Result<Load, Failure> {
    let ask = Ask::axum();
    load(tower_http().layer(router()), ask.with_token(), proof(ask))
}

fn tower_http_layered() -> Result<Load, Failure> {
    let ask = Ask::axum();
    load(router().layer(tower_http()), ask.with_token(), proof(ask))
}
