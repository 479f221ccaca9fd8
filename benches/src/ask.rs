//! The one request that every contender answers.

use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderValue, Request, Uri, header};
use palisade_core::Peer;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

/// A good token: 32 random bytes.
pub(crate) const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9YzBf0cQe1sXkT7mHdRoA";
/// The same length, another end.
const WRONG: &str = "Bearer u5vVlqUIBqbbJEMn2b3Ltw9YzBf0cQe1sXkT7mHdRoB";
const GOOD: &str = "Bearer u5vVlqUIBqbbJEMn2b3Ltw9YzBf0cQe1sXkT7mHdRoA";
const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);

/// What a request carries besides what all of them carry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    server: Server,
    authorization: Option<&'static str>,
    client: Ipv4Addr,
}

/// Who put the peer's address into the extensions; either way it is one extension.
#[derive(Clone, Copy, Debug)]
enum Server {
    Palisade,
    Axum,
}

impl Ask {
    /// Served by axum, as its `into_make_service_with_connect_info` does it.
    pub(crate) const fn axum() -> Self {
        Self { server: Server::Axum, authorization: None, client: CLIENT }
    }

    /// Served by palisade.
    pub(crate) const fn palisade() -> Self {
        Self { server: Server::Palisade, authorization: None, client: CLIENT }
    }

    pub(crate) const fn with_token(self) -> Self {
        Self { authorization: Some(GOOD), ..self }
    }

    pub(crate) const fn with_authorization(self, value: &'static str) -> Self {
        Self { authorization: Some(value), ..self }
    }

    pub(crate) const fn with_wrong_token(self) -> Self {
        Self { authorization: Some(WRONG), ..self }
    }

    /// From another address.
    pub(crate) const fn from(self, client: Ipv4Addr) -> Self {
        Self { client, ..self }
    }

    pub(crate) fn request(self) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static("/models");
        let peer = SocketAddr::V4(SocketAddrV4::new(self.client, 40_000));
        match self.server {
            Server::Palisade => drop(request.extensions_mut().insert(Peer(peer))),
            Server::Axum => drop(request.extensions_mut().insert(ConnectInfo(peer))),
        }
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_static("api.example.org"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("bench/1"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        if let Some(authorization) = self.authorization {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(authorization));
        }
        request
    }
}
