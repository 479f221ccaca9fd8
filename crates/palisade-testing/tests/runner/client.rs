//! The client's address, found by hand: the right-most forwarded hop that is no trusted proxy, else the peer.

use std::net::{IpAddr, Ipv4Addr};

use hyper::header::HeaderMap;
use palisade_testing::Profile;

use crate::flaw::Flaw;
use crate::server::World;

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const HOPS: usize = 32;

/// The name of the bucket that is charged.
pub(crate) fn bucket(world: &World, peer: IpAddr, headers: &HeaderMap) -> String {
    let flaw = world.flaw;
    let trusts = match world.profile {
        Profile::TrustedProxy => peer == PROXY || flaw == Flaw::TrustsEveryPeer,
        _ => flaw == Flaw::TrustsForwarded,
    };
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    if flaw == Flaw::EmptyIsAClient && lines == [""] {
        return "empty".into();
    }
    let lines = if flaw == Flaw::FirstLineOnly { lines.get(..1).unwrap_or_default() } else { &lines };
    let list = lines.join(",");
    let client = if trusts { walk(flaw, &list) } else { None };
    network(flaw, client.unwrap_or(peer))
}

fn walk(flaw: Flaw, list: &str) -> Option<IpAddr> {
    let hops = if flaw == Flaw::WalksEveryHop { usize::MAX } else { HOPS };
    for hop in list.rsplit(',').take(hops).map(str::trim).filter(|hop| !hop.is_empty()) {
        match hop.parse::<IpAddr>() {
            Ok(address) if address.is_unspecified() && flaw != Flaw::SkipsBadHops => return None,
            Ok(address) if address == PROXY || address.is_unspecified() => {}
            Ok(address) => return Some(address),
            Err(_) if flaw == Flaw::SkipsBadHops => {}
            Err(_) => return None,
        }
    }
    None
}

fn network(flaw: Flaw, address: IpAddr) -> String {
    let address = if flaw == Flaw::MappedApart { address } else { address.to_canonical() };
    match address {
        IpAddr::V6(v6) if flaw != Flaw::EachV6Address => format!("{:x?}", &v6.segments()[..4]),
        other => other.to_string(),
    }
}
