//! Which addresses a provider may have.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Public addresses, and networks that were listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowed(Vec<IpNet>);

impl Allowed {
    pub(crate) fn add(&mut self, network: IpNet) {
        self.0.push(network);
    }

    /// Whether a connection to this address may be made: over plain `http` to this machine alone.
    pub(crate) fn permits(&self, address: IpAddr, is_https: bool) -> bool {
        let address = address.to_canonical();
        if is_https {
            is_public(address) || self.0.iter().any(|network| network.contains(&address))
        } else {
            address.is_loopback()
        }
    }
}

/// Whether strangers can have this address: none that is private, of this machine, of this link, shared by carriers, for tests or
/// documents, multicast, or reserved; nor an IPv6 address in which such an IPv4 address stands.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (a, b) {
        // 64:ff9b::/96 leads to the IPv4 address at its end (RFC 6052), 2002::/16 to the one behind the prefix (RFC 3056).
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => v4(g, h),
        (0x2002, high) => v4(high, c),
        // Teredo, ORCHID, benchmarks and documents stand in 2001::/23, 2001:db8::/32 and 3fff::/20.
        (0x2001, 0..0x200 | 0xdb8) | (0x3fff, 0..0x1000) => false,
        // Only 2000::/3 is given to the public (RFC 4291 §2.4).
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &str, expected: bool) {
        for address in addresses.split_whitespace() {
            assert_eq!(Allowed::default().permits(address.parse().unwrap(), true), expected, "{address}");
        }
    }

    #[test]
    fn a151_only_public_addresses_are_asked() {
        check(
            "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 172.15.0.1 172.32.0.1 193.0.0.1 223.255.255.255",
            true,
        );
        check(
            "2606:4700::1111 2a00:1450::1 2001:4860::8888 64:ff9b::808:808 2002:808:808:: ::ffff:8.8.8.8",
            true,
        );
        check(
            "0.0.0.0 0.1.2.3 10.0.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255",
            false,
        );
        check(
            "192.168.1.1 100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9",
            false,
        );
        check("224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 192.88.99.1", false);
        check(
            ":: ::1 fe80::1 fc00::1 fd12::1 ff02::1 fec0::1 2001:db8::1 2001::1 2001:10::1 3fff::1 100::1",
            false,
        );
        check(
            "::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::a9fe:a9fe 2002:a00:1:: 2002:7f00:1:: ::7f00:1",
            false,
        );
        check("64:ff9b:1::808:808", false);
    }

    #[test]
    fn a151_listed_networks_are_asked_too() {
        let mut allowed = Allowed::default();
        allowed.add("10.1.0.0/16".parse().unwrap());
        let permits = |address: &str, is_https| allowed.permits(address.parse().unwrap(), is_https);
        assert!(permits("10.1.2.3", true) && permits("::ffff:10.1.2.3", true));
        assert!(!permits("10.2.0.1", true) && !permits("127.0.0.1", true));
        // Without TLS nothing but this machine, whatever is listed and however public it is.
        assert!(permits("127.0.0.1", false) && permits("::1", false));
        assert!(!permits("10.1.2.3", false) && !permits("8.8.8.8", false));
    }
}
