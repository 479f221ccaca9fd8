//! One signed token: verified anew, and remembered. What signatures cost stands in `benches tokens`.

use super::{Case, Contender, Row, bare::router};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
    tokens::issuer::Signed,
};
use http::StatusCode;
use palisade_core::{Authenticate, gate};
use palisade_jwt::TokenCache;
use tower::Layer as _;

const BARE: Contender = Contender { name: "jwt-bare", load: bare };
const ANEW: Contender = Contender { name: "jwt-anew", load: anew };
const ALONE: Contender = Contender { name: "jwt-alone", load: alone };
const REMEMBERED: Contender = Contender { name: "jwt-remembered", load: remembered };

pub(super) fn case() -> Case {
    Case {
        name: "jwt",
        rows: vec![
            Row::new("HS256, from outside, anew", ANEW, BARE),
            Row::new("HS256, the verifier alone", ALONE, super::NOTHING),
            Row::new("a remembered token, from outside", REMEMBERED, BARE).at_most_ns(400),
        ],
    }
}

fn bare() -> Result<Load, Failure> {
    load(router(), Signed::hs256()?.ask(Ask::palisade()), Proof::default())
}

fn anew() -> Result<Load, Failure> {
    guarded(None)
}

fn remembered() -> Result<Load, Failure> {
    guarded(Some(TokenCache::new().also_hmac()))
}

fn guarded(cache: Option<TokenCache>) -> Result<Load, Failure> {
    let signed = Signed::hs256()?;
    let jwt = match cache {
        Some(setting) => signed.jwt()?.cache(setting),
        None => signed.jwt()?.without_cache(),
    };
    let ask = Ask::palisade();
    let proof = Proof { headers: &[], refuses: Some((signed.ask_forged(ask), StatusCode::UNAUTHORIZED)) };
    load(gate(Authenticate::with(jwt)).layer(router()), signed.ask(ask), proof)
}

fn alone() -> Result<Load, Failure> {
    Signed::hs256()?.verifying()
}
