//! Whom a sign is about.

use palisade_core::Principal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whom a sign is about.
pub(super) enum Who<'w> {
    Address(IpAddr),
    Caller(&'w Principal),
}

impl Who<'_> {
    /// As an event tells it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Address(ip) => network(*ip, 32, 64).to_string(),
            Self::Caller(caller) => format!("{}:{}", caller.kind(), caller.id()),
        }
    }
}

/// The network of an address, by so many bits, at least one.
pub(super) fn network(ip: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & u32::MAX << (32 - v4)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & u128::MAX << (128 - v6)).into(),
    }
}
