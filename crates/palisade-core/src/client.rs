//! Where a request came from.

use std::net::{IpAddr, SocketAddr};

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The other end of the connection, where there is one.
    pub peer: Option<SocketAddr>,
    /// The client's address after proxies that are trusted, in canonical form.
    pub ip: IpAddr,
}
