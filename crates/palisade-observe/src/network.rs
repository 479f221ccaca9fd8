//! The network of an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The network of an address, by so many bits, at least one.
pub(crate) fn network(ip: IpAddr, v4: u32, v6: u32) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & u32::MAX << (32 - v4)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & u128::MAX << (128 - v6)).into(),
    }
}

/// What may be told of an address where nobody is to be known by it: /24, and /48 of IPv6.
pub(crate) fn shortened(ip: IpAddr) -> IpAddr {
    network(ip, 24, 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a284_a_shortened_address_is_that_of_many() {
        for (ip, expected) in
            [("192.0.2.77", "192.0.2.0"), ("2001:db8:1:2:3::4", "2001:db8:1::"), ("::1", "::")]
        {
            assert_eq!(shortened(ip.parse().unwrap()).to_string(), expected);
        }
    }
}
