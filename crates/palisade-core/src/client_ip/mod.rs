//! Where a request came from.

mod canonical;
mod forwarded;
mod hops;
mod trust;

use crate::{
    denial::{Denial, DenialKind},
    facts::{Client, Facts, Vouched},
    guard::Guard,
    reply::Reply,
};
use http::{Extensions, request};
use std::{fmt, net::IpAddr, net::SocketAddr, sync::Arc};

pub(crate) use canonical::{canonical, prefix};
pub use trust::{Anomaly, ProxyHeader, TrustedProxies, TrustedProxyError, TrustedProxyErrorKind};
pub(crate) use trust::{Network, network};

/// The other end of a connection, as an extension of its requests; whoever accepts connections puts it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The guard that finds the client's address and writes it into the facts.
///
/// By default that is the other end of the connection, whatever headers say. Behind proxies, name their networks and exactly
/// one header; it is read from the right over all its lines, past trusted proxies, at most 32 of them, and stops at garbage.
///
/// A request without any peer address is refused with 503 and a log line that names the fix: limits and logs must not guess.
///
/// ```
/// use palisade_core::{ClientIp, ProxyHeader, TrustedProxies};
///
/// let direct = ClientIp::peer();
/// let behind_nginx = ClientIp::behind(TrustedProxies::parse(["10.0.0.0/8"])?, ProxyHeader::XForwardedFor);
/// # let _ = (direct, behind_nginx);
/// # Ok::<(), palisade_core::TrustedProxyError>(())
/// ```
#[derive(Clone)]
pub struct ClientIp {
    proxies: Option<Arc<(TrustedProxies, ProxyHeader)>>,
    finder: Option<fn(&Extensions) -> Option<SocketAddr>>,
    without_peer: Option<IpAddr>,
}

impl ClientIp {
    /// The other end of the connection.
    #[must_use]
    pub const fn peer() -> Self {
        Self { proxies: None, finder: None, without_peer: None }
    }

    /// What this header of these proxies says.
    #[must_use]
    pub fn behind(proxies: TrustedProxies, header: ProxyHeader) -> Self {
        Self { proxies: Some(Arc::new((proxies, header))), ..Self::peer() }
    }

    /// Also looks for the peer where another server library keeps it.
    #[must_use]
    pub const fn found_by(mut self, finder: fn(&Extensions) -> Option<SocketAddr>) -> Self {
        self.finder = Some(finder);
        self
    }

    /// Requests that have no peer address (Unix sockets, tests) count as coming from `ip`: one client, one limit for all.
    #[must_use]
    pub const fn without_peer_as(mut self, ip: IpAddr) -> Self {
        self.without_peer = Some(ip);
        self
    }

    /// Whether anybody is trusted.
    #[must_use]
    pub const fn has_proxies(&self) -> bool {
        self.proxies.is_some()
    }

    /// Whether this other end of a connection is a proxy that is trusted.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.proxies.as_ref().is_some_and(|proxies| proxies.0.contains(canonical(peer)))
    }

    /// The client of a request: pure in its head.
    #[must_use]
    #[inline]
    pub fn find(&self, head: &request::Parts) -> Option<Client> {
        self.found(head, |_| ())
    }

    #[inline]
    fn found(&self, head: &request::Parts, vouched: impl FnOnce(Vouched)) -> Option<Client> {
        let peer = match head.extensions.get::<Peer>() {
            Some(peer) => Some(peer.0),
            None => self.finder.and_then(|finder| finder(&head.extensions)),
        };
        let ip = match peer {
            Some(peer) => peer.ip(),
            None => self.without_peer?,
        };
        let Some(proxies) = &self.proxies else { return Some(Client { peer, ip: canonical(ip) }) };
        let found = trust::client(ip, &head.headers, &proxies.0, &proxies.1);
        if let Some(anomaly) = found.anomaly {
            tracing::debug!(target: "palisade::client_ip", ?anomaly, "a forwarded address was not used");
        }
        if let Some((hops, by)) = found.vouched {
            let anomaly = found.anomaly.map(Anomaly::as_str);
            vouched(Vouched { header: proxies.1.name().clone(), by, hops, anomaly });
        }
        Some(Client { peer, ip: found.ip })
    }
}

impl ClientIp {
    #[inline(never)]
    fn look(&self, head: &request::Parts, facts: &Facts) -> Result<(), Denial> {
        let client = self.found(head, |vouched| facts.note_vouched(|| vouched)).ok_or_else(no_peer)?;
        facts.note_client(|| client);
        Ok(())
    }
}

impl Guard for ClientIp {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        // What is nearly always so goes straight into its cell.
        if let (None, Some(Peer(peer))) = (&self.proxies, head.extensions.get()) {
            facts.note_client(|| Client { peer: Some(*peer), ip: canonical(peer.ip()) });
            return Reply::now(Ok(()));
        }
        Reply::now(self.look(head, facts))
    }
}

fn no_peer() -> Denial {
    tracing::error!(
        target: "palisade::setup",
        "no peer address: serve the value of `Stack::protect` with `axum::serve` as it is, or a router made of it with \
         `into_make_service_with_connect_info::<SocketAddr>()`, or say `ClientIp::without_peer_as(…)`"
    );
    Denial::new(DenialKind::Unavailable).because("peer_address_missing")
}

impl fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIp")
            .field("proxies", &self.proxies)
            .field("without_peer", &self.without_peer)
            .finish_non_exhaustive()
    }
}
