//! A route that states who may call it.

use super::{
    Case, Contender, Row,
    bare::{models, router},
};
use crate::{
    ask::{Ask, TOKEN},
    failure::Failure,
    load::{Load, Proof, load},
};
use http::StatusCode;
use palisade_core::{Authenticate, Scope, StaticToken, StaticTokens, gate};
use palisade_routes::{Routes, get};
use tower::Layer as _;

const REQUIRES: Contender = Contender { name: "route-requires", load: requires };
const PUBLIC: Contender = Contender { name: "route-public", load: public };
const PLAIN: Contender = Contender { name: "route-plain", load: plain };

pub(super) fn case() -> Case {
    Case {
        name: "policy",
        rows: vec![
            Row::new("a route that requires a scope, above a route of axum's", REQUIRES, PLAIN).at_most(450),
            Row::new("a public route, above a route of axum's", PUBLIC, PLAIN),
        ],
    }
}

pub(crate) const SCOPE: Scope = Scope::from_static("read_models");

/// Knows the one good token, which may do what the route requires.
pub(crate) fn tokens() -> Result<StaticTokens, Failure> {
    let token = StaticToken::named("ci").value(TOKEN).scopes([SCOPE]);
    StaticTokens::new([token]).map_err(Failure::setup)
}

fn identify() -> Result<Authenticate, Failure> {
    Ok(Authenticate::with(tokens()?).identify())
}

fn requires() -> Result<Load, Failure> {
    let ask = Ask::palisade();
    let routes = Routes::new().route("/models", get(models).requires(SCOPE)).into_router();
    let service = gate(identify()?).layer(routes.map_err(Failure::setup)?);
    load(service, ask.with_token(), Proof { headers: &[], refuses: Some((ask, StatusCode::UNAUTHORIZED)) })
}

fn public() -> Result<Load, Failure> {
    let routes = Routes::new().route("/models", get(models).public()).into_router();
    let service = gate(identify()?).layer(routes.map_err(Failure::setup)?);
    load(service, Ask::palisade().with_token(), Proof::default())
}

fn plain() -> Result<Load, Failure> {
    load(gate(identify()?).layer(router()), Ask::palisade().with_token(), Proof::default())
}
