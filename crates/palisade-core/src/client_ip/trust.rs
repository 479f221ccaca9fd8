//! Whose word about the client's address is taken, and what follows from it.

use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::{self, HeaderMap, HeaderName};
use ipnet::{Ipv4Net, Ipv6Net};

use super::canonical::{canonical, embedded_v4, parse_ip};
use super::forwarded::{self, Node};
use super::hops::{self, Elements, Lines, MAX_HOPS, Overlong};

/// The networks whose hosts are believed when they name the address they forward for; at most 1,024.
///
/// The default is to trust nobody. Addresses are compared in one form: an IPv4-mapped (`::ffff:10.0.0.1`) or NAT64
/// (`64:ff9b::10.0.0.1`) address is the IPv4 address it carries, in a rule as in a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    everyone: bool,
    /// Sorted and disjoint, so that one binary search answers.
    v4: Vec<Ipv4Net>,
    v6: Vec<Ipv6Net>,
}

impl TrustedProxies {
    /// The most networks a set may be given.
    pub const MAX_NETWORKS: usize = 1_024;

    /// Reads a set of networks such as `10.0.0.0/8` and `2001:db8::/32`, or single addresses such as `127.0.0.1`.
    ///
    /// # Errors
    ///
    /// The first entry that is not a network in strict notation, that is all of IPv4 or IPv6, or that is one too many.
    pub fn parse<I>(networks: I) -> Result<Self, TrustedProxyError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for (index, text) in networks.into_iter().enumerate() {
            if index == Self::MAX_NETWORKS {
                return Err(TrustedProxyError { index, kind: TrustedProxyErrorKind::TooMany });
            }
            match network(text.as_ref()).map_err(|kind| TrustedProxyError { index, kind })? {
                Network::V4(network) => v4.push(network),
                Network::V6(network) => v6.push(network),
            }
        }
        Ok(Self { everyone: false, v4: Ipv4Net::aggregate(&v4), v6: Ipv6Net::aggregate(&v6) })
    }

    /// Believes whoever connects, so that **anyone who can connect chooses the address they are counted and logged by**.
    ///
    /// Only for a service that nobody but its proxy can reach and whose proxy has no known address. The right-most
    /// address of the header is the client: what stands further left has been vouched for by nobody.
    #[must_use]
    pub fn dangerous_trust_everyone() -> Self {
        Self { everyone: true, ..Self::default() }
    }

    /// Whether a host at this address is believed.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.everyone || self.lists(canonical(ip))
    }

    /// Whether a canonical address is inside a network of the list.
    fn lists(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => {
                let after = self.v4.partition_point(|network| network.addr() <= ip);
                self.v4.iter().take(after).next_back().is_some_and(|network| network.contains(&ip))
            }
            IpAddr::V6(ip) => {
                let after = self.v6.partition_point(|network| network.addr() <= ip);
                self.v6.iter().take(after).next_back().is_some_and(|network| network.contains(&ip))
            }
        }
    }
}

/// An entry of a list of trusted proxies that cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("trusted proxy at index {index}: {kind}")]
pub struct TrustedProxyError {
    index: usize,
    kind: TrustedProxyErrorKind,
}

impl TrustedProxyError {
    /// The entry's position in the list, counted from 0.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// What is wrong with the entry.
    #[must_use]
    pub const fn kind(&self) -> TrustedProxyErrorKind {
        self.kind
    }
}

/// What is wrong with an entry of a list of trusted proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustedProxyErrorKind {
    /// The part before the slash is no IPv4 or IPv6 address in strict notation.
    #[error("the address is neither dotted decimal IPv4 without leading zeros nor IPv6 without a zone")]
    Address,
    /// The part after the slash is no prefix length, or one too long for the address.
    #[error("the prefix length is not a decimal number from 1 to 32 (IPv4) or 128 (IPv6)")]
    PrefixLength,
    /// The address has bits set beyond the prefix, so it is unclear whether one host or a network is meant.
    #[error(
        "the address has bits set beyond its prefix; write the network's first address, or one host without a slash"
    )]
    HostBits,
    /// The entry is all of IPv4 or IPv6.
    #[error("it trusts every address; if that is meant, use `TrustedProxies::dangerous_trust_everyone`")]
    Everyone,
    /// The list is longer than [`TrustedProxies::MAX_NETWORKS`].
    #[error("there are more than {} entries", TrustedProxies::MAX_NETWORKS)]
    TooMany,
}

pub(crate) enum Network {
    V4(Ipv4Net),
    V6(Ipv6Net),
}

/// Reads one rule. ipnet's own parser is not used: it takes `010.0.0.0/8` for `10.0.0.0/8`.
pub(crate) fn network(text: &str) -> Result<Network, TrustedProxyErrorKind> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| TrustedProxyErrorKind::Address)?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(length) => prefix_length(length).filter(|length| *length <= width),
        None => Some(width),
    };
    let length = length.ok_or(TrustedProxyErrorKind::PrefixLength)?;
    let (address, length) = match address {
        IpAddr::V6(v6) if length >= 96 => {
            embedded_v4(v6).map_or((address, length), |v4| (v4.into(), length - 96))
        }
        _ => (address, length),
    };
    let network = match address {
        IpAddr::V4(v4) => Ipv4Net::new(v4, length).map(Network::V4),
        IpAddr::V6(v6) => Ipv6Net::new(v6, length).map(Network::V6),
    };
    match network.map_err(|_| TrustedProxyErrorKind::PrefixLength)? {
        _ if length == 0 => Err(TrustedProxyErrorKind::Everyone),
        Network::V4(v4) if v4 != v4.trunc() => Err(TrustedProxyErrorKind::HostBits),
        Network::V6(v6) if v6 != v6.trunc() => Err(TrustedProxyErrorKind::HostBits),
        Network::V4(v4) if v4.addr() == Ipv4Addr::UNSPECIFIED && length == 32 => {
            Err(TrustedProxyErrorKind::Address)
        }
        Network::V6(v6) if v6.addr() == Ipv6Addr::UNSPECIFIED && length == 128 => {
            Err(TrustedProxyErrorKind::Address)
        }
        network => Ok(network),
    }
}

fn prefix_length(text: &str) -> Option<u8> {
    let strict = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if strict { text.parse().ok() } else { None }
}

/// The one header in which the trusted proxies report the address they forward for.
///
/// Exactly one, because a proxy that writes one header passes the others on as a stranger sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyHeader {
    /// `X-Forwarded-For`: a list of addresses, with or without ports, to which every proxy appends.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): the `for` parameter of each element.
    Forwarded,
    /// A header that the proxy overwrites with one address, without a port, such as `X-Real-IP`.
    Single(HeaderName),
}

impl ProxyHeader {
    /// The header's name.
    #[must_use]
    pub fn name(&self) -> &HeaderName {
        static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
        static FORWARDED: HeaderName = header::FORWARDED;
        match self {
            Self::XForwardedFor => &X_FORWARDED_FOR,
            Self::Forwarded => &FORWARDED,
            Self::Single(name) => name,
        }
    }
}

/// Why a trusted proxy's header did not yield a client, so that the proxy's own address stands in for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Anomaly {
    /// The entry under examination is no address: unreadable, empty, `unknown`, obfuscated or without `for`.
    Garbage,
    /// 32 entries were trusted proxies and there are more.
    TooManyHops,
    /// Every entry is a trusted proxy.
    AllTrusted,
    /// The header is absent or blank.
    Missing,
    /// A header that must occur once occurs more often.
    Repeated,
}

impl Anomaly {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Garbage => "garbage",
            Self::TooManyHops => "too_many_hops",
            Self::AllTrusted => "all_trusted",
            Self::Missing => "missing",
            Self::Repeated => "repeated",
        }
    }
}

/// The client's address in canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub ip: IpAddr,
    /// Set if `ip` is a trusted proxy's address because the header did not help.
    pub anomaly: Option<Anomaly>,
    /// The trusted proxies whose word was taken, and the last of them; nobody where the peer is none.
    pub vouched: Option<(usize, IpAddr)>,
}

/// Finds the client: the peer, or if that is a trusted proxy the right-most address in its header that is not one.
///
/// An entry that is no address ends the search: what stands to its left was written by someone nobody vouches for.
pub(crate) fn client(
    peer: IpAddr,
    headers: &HeaderMap,
    trust: &TrustedProxies,
    source: &ProxyHeader,
) -> Found {
    let peer = canonical(peer);
    if !trust.contains(peer) {
        return Found { ip: peer, anomaly: None, vouched: None };
    }
    let found = match (source, hops::lines(headers, source.name())) {
        (_, Lines::Absent) => Err(Anomaly::Missing),
        (ProxyHeader::Single(_), Lines::Several) => Err(Anomaly::Repeated),
        (ProxyHeader::Single(_), Lines::One(line)) => first_untrusted(iter::once(Ok(line)), parse_ip, trust),
        (ProxyHeader::XForwardedFor, _) => {
            first_untrusted(Elements::new(headers, source.name(), hops::last_comma), hops::address, trust)
        }
        (ProxyHeader::Forwarded, _) => first_untrusted(
            Elements::new(headers, source.name(), forwarded::last_comma),
            |element| match forwarded::element(element) {
                Ok(Some(Node::Ip(ip))) => Some(ip),
                Ok(Some(Node::Unknown | Node::Obfuscated) | None) | Err(forwarded::Malformed) => None,
            },
            trust,
        ),
    };
    match found {
        Ok((ip, hops, by)) => Found { ip, anomaly: None, vouched: Some((hops + 1, by.unwrap_or(peer))) },
        Err(anomaly) => Found { ip: peer, anomaly: Some(anomaly), vouched: Some((1, peer)) },
    }
}

/// Examines at most [`MAX_HOPS`] elements, nearest first, until one is an address that is not listed; how many were, and the last
/// of them.
fn first_untrusted<'h>(
    elements: impl Iterator<Item = Result<&'h [u8], Overlong>>,
    mut examine: impl FnMut(&'h [u8]) -> Option<IpAddr>,
    trust: &TrustedProxies,
) -> Result<(IpAddr, usize, Option<IpAddr>), Anomaly> {
    let mut by = None;
    for (hop, element) in elements.enumerate() {
        if hop == MAX_HOPS {
            return Err(Anomaly::TooManyHops);
        }
        let ip = element.ok().and_then(&mut examine).ok_or(Anomaly::Garbage)?;
        if !trust.lists(ip) {
            return Ok((ip, hop, by));
        }
        by = Some(ip);
    }
    Err(Anomaly::AllTrusted)
}

#[cfg(test)]
mod tests;
