//! The guards that the pair stands beside, without anything else that a stack does.

use super::server::QUOTA;
use crate::{
    case::{api_key::served_keys, bare::router, policy::SCOPE},
    failure::Failure,
};
use axum::{Router, extract::ConnectInfo};
use palisade_core::{Authenticate, By, ClientIp, Guard as _, gate};
use palisade_limit::{Headers, RateLimit};
use std::net::SocketAddr;

/// A limit for addresses, an API key among a thousand and a limit for callers, in one gate around the router; and the key.
pub(super) fn app() -> Result<(Router, String), Failure> {
    let (keys, presented) = served_keys(&SCOPE)?;
    let limit = |name, by| {
        let limit = RateLimit::new(name, QUOTA, by).map_err(Failure::setup)?;
        Ok::<_, Failure>(limit.headers(Headers::XRateLimit))
    };
    let peer = ClientIp::peer().found_by(|from| from.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0));
    let chain = peer
        .then(limit("address", By::client())?)
        .then(Authenticate::with(keys))
        .then(limit("principal", By::principal())?);
    Ok((router().layer(gate(chain)), presented))
}
