//! Where a request came from.

use http::HeaderName;
use std::net::{IpAddr, SocketAddr};

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The other end of the connection, where there is one.
    pub peer: Option<SocketAddr>,
    /// The client's address after proxies that are trusted, in canonical form.
    pub ip: IpAddr,
}

/// Whose word about a client's address was asked for, and what it was worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The header in which proxies told it.
    pub header: HeaderName,
    /// The trusted proxy that named the client: the last one on the way in from it whose word was taken.
    pub by: IpAddr,
    /// How many trusted proxies the request came through, the peer among them.
    pub hops: usize,
    /// Why the header did not help, where it did not: the name of an [`Anomaly`](crate::Anomaly).
    pub anomaly: Option<&'static str>,
}
