//! Which networks may call.

use crate::{
    client_ip::{Network, TrustedProxyErrorKind, canonical, network},
    denial::{Denial, DenialKind},
    facts::Facts,
    guard::Guard,
    reply::Reply,
};
use arc_swap::ArcSwap;
use http::request;
use std::{fmt, net::IpAddr, sync::Arc};

/// The guard that admits clients by their address: refuses (403) who is on the deny list, and, where there is an allow list, who
/// is not on it. Deny wins.
///
/// The address is the one [`ClientIp`](crate::ClientIp) found; where nobody looked it is 503, because it cannot be decided. It
/// stands around everything, or at a route (`.guard(networks.clone())`). Clones share their rules, so that
/// [`replace`](Self::replace) reaches every place at once.
///
/// ```
/// use palisade_core::{NetworkRules, Networks};
///
/// let office = Networks::new(NetworkRules::new().allow(["10.0.0.0/8", "2001:db8::/32"])?.deny(["10.6.6.6"])?);
/// assert!(office.admits("10.1.2.3".parse()?) && !office.admits("10.6.6.6".parse()?) && !office.admits("192.0.2.1".parse()?));
/// office.replace(NetworkRules::new().deny(["10.0.0.0/8"])?);
/// assert!(!office.admits("10.1.2.3".parse()?) && office.admits("192.0.2.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Networks(Arc<ArcSwap<NetworkRules>>);

impl Networks {
    /// A guard with these rules.
    #[must_use]
    pub fn new(rules: NetworkRules) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(rules)))
    }

    /// Puts other rules in the place of those there were, for every clone; requests that were judged already go on.
    pub fn replace(&self, rules: NetworkRules) {
        self.0.store(Arc::new(rules));
    }

    /// Whether a client of this address may pass; IPv4 carried in IPv6 counts as IPv4.
    #[must_use]
    pub fn admits(&self, ip: IpAddr) -> bool {
        self.0.load().fault(canonical(ip)).is_none()
    }
}

impl Guard for Networks {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        let Some(client) = facts.client() else { return Reply::now(Err(no_client())) };
        Reply::now(match self.0.load().fault(client.ip) {
            None => Ok(()),
            Some(reason) => Err(Denial::new(DenialKind::Forbidden).because(reason)),
        })
    }
}

fn no_client() -> Denial {
    tracing::error!(target: "palisade::setup", "no client address: put `ClientIp` outside of `Networks`");
    Denial::new(DenialKind::Unavailable).because("client_address_missing")
}

impl fmt::Debug for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.load().fmt(f)
    }
}

/// Two lists of networks, as text such as `10.0.0.0/8`, `2001:db8::/32` or one address; each at most
/// [`MAX_NETWORKS`](Self::MAX_NETWORKS) entries.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NetworkRules {
    allow: Option<Ranges>,
    deny: Ranges,
}

impl NetworkRules {
    /// The most entries of one list.
    pub const MAX_NETWORKS: usize = 100_000;

    /// Rules that refuse nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Admits nobody else than these.
    ///
    /// # Errors
    ///
    /// The first entry that is no network in strict notation, or that is all of IPv4 or IPv6; an empty list, which would refuse
    /// everybody; one that is too long.
    pub fn allow<I>(mut self, networks: I) -> Result<Self, NetworkError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let ranges = Ranges::read(networks)?;
        if ranges.v4.is_empty() && ranges.v6.is_empty() {
            return Err(NetworkError::Empty);
        }
        self.allow = Some(ranges);
        Ok(self)
    }

    /// Refuses these, whatever else is said of them; an empty list refuses nobody.
    ///
    /// # Errors
    ///
    /// As [`allow`](Self::allow), except for the empty list.
    pub fn deny<I>(mut self, networks: I) -> Result<Self, NetworkError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.deny = Ranges::read(networks)?;
        Ok(self)
    }

    fn fault(&self, ip: IpAddr) -> Option<&'static str> {
        if self.deny.contains(ip) {
            return Some("network_denied");
        }
        let allowed = self.allow.as_ref().is_none_or(|allow| allow.contains(ip));
        (!allowed).then_some("network_not_allowed")
    }
}

impl fmt::Debug for NetworkRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |ranges: &Ranges| ranges.v4.len() + ranges.v6.len();
        f.debug_struct("NetworkRules")
            .field("allowed_ranges", &self.allow.as_ref().map(count))
            .field("denied_ranges", &count(&self.deny))
            .finish()
    }
}

/// Why a list of networks cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// An entry that is no network, counted from 0.
    #[error("network at index {index}: {kind}")]
    Entry {
        /// Its position.
        index: usize,
        /// What is wrong with it.
        kind: TrustedProxyErrorKind,
    },
    /// An entry that is all of IPv4 or IPv6.
    #[error("network at index {index} is every address: leave the list out, or close the service")]
    Everyone {
        /// Its position.
        index: usize,
    },
    /// An allow list without entries.
    #[error("the allow list is empty and would refuse everybody: leave it out, or name a network")]
    Empty,
    /// Too many entries.
    #[error("there are more than {} networks", NetworkRules::MAX_NETWORKS)]
    TooMany,
}

/// Addresses as inclusive ranges, sorted and disjoint, so that one binary search answers.
#[derive(Clone, Default, PartialEq, Eq)]
struct Ranges {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl Ranges {
    fn read<I>(networks: I) -> Result<Self, NetworkError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut ranges = Self::default();
        for (index, text) in networks.into_iter().enumerate() {
            if index == NetworkRules::MAX_NETWORKS {
                return Err(NetworkError::TooMany);
            }
            match network(text.as_ref()) {
                Ok(Network::V4(v4)) => ranges.v4.push((v4.network().to_bits(), v4.broadcast().to_bits())),
                Ok(Network::V6(v6)) => ranges.v6.push((v6.network().to_bits(), v6.broadcast().to_bits())),
                Err(TrustedProxyErrorKind::Everyone) => return Err(NetworkError::Everyone { index }),
                Err(kind) => return Err(NetworkError::Entry { index, kind }),
            }
        }
        ranges.v4 = merged(ranges.v4, u32::checked_add);
        ranges.v6 = merged(ranges.v6, u128::checked_add);
        Ok(ranges)
    }

    fn contains(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(v4) => holds(&self.v4, v4.to_bits()),
            IpAddr::V6(v6) => holds(&self.v6, v6.to_bits()),
        }
    }
}

fn holds<T: Ord + Copy>(ranges: &[(T, T)], at: T) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= at);
    after.checked_sub(1).and_then(|before| ranges.get(before)).is_some_and(|(_, last)| at <= *last)
}

/// Sorted, and with no two ranges that overlap or touch.
fn merged<T: Ord + Copy + From<u8>>(mut ranges: Vec<(T, T)>, add: impl Fn(T, T) -> Option<T>) -> Vec<(T, T)> {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if add(*end, T::from(1)).is_none_or(|next| first <= next) => {
                *end = (*end).max(last)
            }
            _ => merged.push((first, last)),
        }
    }
    merged.shrink_to_fit();
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::Client, clock::Clock};
    use ipnet::Ipv4Net;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn check(rules: &NetworkRules, ip: &str, expected: Option<&'static str>) {
        let networks = Networks::new(rules.clone());
        let facts = Facts::new(Clock::system());
        facts.note_client(|| Client { peer: None, ip: canonical(ip.parse().unwrap()) });
        let (head, ()) = http::Request::new(()).into_parts();
        let verdict = networks.check(&head, &facts).try_now().unwrap();
        assert_eq!(verdict.as_ref().err().map(Denial::reason), expected, "{ip}");
        assert!(verdict.err().is_none_or(|denial| denial.kind().code() == "PERMISSION_DENIED"));
        assert_eq!(networks.admits(ip.parse().unwrap()), expected.is_none());
    }

    #[test]
    fn deny_wins_and_an_allow_list_closes_everything_else() {
        let rules = NetworkRules::new()
            .allow(["10.0.0.0/8", "10.128.0.0/9", "2001:db8::/32", "192.0.2.1"])
            .unwrap()
            .deny(["10.6.0.0/16", "2001:db8:6::/48"])
            .unwrap();
        for ip in ["10.0.0.0", "10.255.255.255", "2001:db8::1", "192.0.2.1", "::ffff:10.1.1.1"] {
            check(&rules, ip, None);
        }
        for ip in ["9.255.255.255", "11.0.0.0", "192.0.2.2", "2001:db9::", "::1", "127.0.0.1"] {
            check(&rules, ip, Some("network_not_allowed"));
        }
        for ip in ["10.6.0.0", "10.6.255.255", "2001:db8:6::", "::ffff:10.6.1.1", "64:ff9b::10.6.1.1"] {
            check(&rules, ip, Some("network_denied"));
        }
        check(&NetworkRules::new(), "192.0.2.1", None);
        check(&NetworkRules::new().deny(["192.0.2.0/24"]).unwrap(), "198.51.100.1", None);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let allow = |list: &[&str]| NetworkRules::new().allow(list).unwrap_err();
        assert_eq!(allow(&[]), NetworkError::Empty);
        assert_eq!(allow(&["10.0.0.0/8", "0.0.0.0/0"]), NetworkError::Everyone { index: 1 });
        let kind = TrustedProxyErrorKind::HostBits;
        assert_eq!(allow(&["10.0.0.1/8"]), NetworkError::Entry { index: 0, kind });
        let many = (0..=NetworkRules::MAX_NETWORKS).map(|_| "10.0.0.0/8");
        assert_eq!(NetworkRules::new().deny(many).unwrap_err(), NetworkError::TooMany);
        assert!(NetworkRules::new().deny(std::iter::empty::<&str>()).is_ok());
    }

    #[test]
    fn without_an_address_it_cannot_be_decided() {
        let (head, ()) = http::Request::new(()).into_parts();
        let verdict = Networks::new(NetworkRules::new()).check(&head, &Facts::new(Clock::system()));
        assert_eq!(verdict.try_now().unwrap().unwrap_err().kind().status(), 503);
    }

    #[test]
    fn clones_are_replaced_together() {
        let networks = Networks::new(NetworkRules::new());
        let clone = networks.clone();
        let ip = "192.0.2.1".parse().unwrap();
        assert!(clone.admits(ip));
        networks.replace(NetworkRules::new().deny(["192.0.2.0/24"]).unwrap());
        assert!(!clone.admits(ip));
    }

    proptest! {
        #[test]
        fn ranges_hold_what_some_network_holds(
            list in proptest::collection::vec((0_u32..4096, 20_u8..=32), 0..24),
            at in 0_u32..8192,
        ) {
            let nets: Vec<_> = list.into_iter().map(|(bits, length)| Ipv4Net::new(Ipv4Addr::from_bits(bits), length).unwrap().trunc()).collect();
            // `0.0.0.0/32` names nobody and is refused.
            let nets: Vec<_> = nets.into_iter().filter(|net| net.prefix_len() < 32 || net.addr().to_bits() > 0).collect();
            let ranges = Ranges::read(nets.iter().map(ToString::to_string)).unwrap();
            let ip = Ipv4Addr::from_bits(at);
            prop_assert_eq!(ranges.contains(ip.into()), nets.iter().any(|net| net.contains(&ip)));
            prop_assert!(ranges.v4.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
