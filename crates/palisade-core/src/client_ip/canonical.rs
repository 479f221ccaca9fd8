//! One form for every address, so that one client is one key however its address is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The form in which addresses are compared, counted and logged.
///
/// An IPv4-mapped address (`::ffff:0:0/96`, RFC 4291 §2.5.5.2) is what a dual-stack listener reports for an IPv4 peer,
/// and a NAT64 address (`64:ff9b::/96`, RFC 6052 §2.1) is how an IPv6-only host sees one. Cut to a /64 either range is a
/// single key for all of IPv4, so both become the IPv4 address they carry. 6to4 (`2002::/16`), Teredo (`2001::/32`),
/// ISATAP and network-specific NAT64 prefixes stay IPv6 and are told apart by prefix: who holds such a prefix
/// chooses the IPv4 bits in it.
#[inline]
pub(crate) fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => embedded_v4(v6).map_or(ip, IpAddr::V4),
    }
}

/// The IPv4 address in the low 32 bits of an IPv4-mapped or NAT64 address.
pub(crate) fn embedded_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [high @ .., a, b, c, d] = v6.octets();
    (high == MAPPED || high == NAT64).then(|| Ipv4Addr::new(a, b, c, d))
}

/// The canonical address with an IPv6 address cut to its first `v6_bits` bits; 128 and above cut nothing.
///
/// It is made canonical first: `::ffff:192.0.2.1` and `::ffff:192.0.2.2` would otherwise be one prefix.
pub(crate) fn prefix(ip: IpAddr, v6_bits: u8) -> IpAddr {
    match canonical(ip) {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let cut = 128_u32.saturating_sub(v6_bits.into());
            let mask = u128::MAX.checked_shl(cut).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// The canonical form of an address written strictly: four decimal numbers without leading zeros, or IPv6 without a zone.
///
/// An unspecified address (`0.0.0.0`, `::`) names no client and is `None`.
pub(crate) fn parse_ip(text: &[u8]) -> Option<IpAddr> {
    if text.len() > MAX_ADDRESS {
        return None;
    }
    let ip = canonical(str::from_utf8(text).ok()?.parse().ok()?);
    (!ip.is_unspecified()).then_some(ip)
}

/// The address in `IPv4`, `IPv4:port`, `[IPv6]` or `[IPv6]:port`, and whatever stands after the colon, unread.
pub(crate) fn parse_host(text: &[u8]) -> Option<(IpAddr, Option<&[u8]>)> {
    let (host, rest) = match text.strip_prefix(b"[") {
        Some(inner) => {
            let (host, rest) = inner.split_at(inner.iter().position(|b| *b == b']')?);
            (host.contains(&b':').then_some(host)?, rest.strip_prefix(b"]")?)
        }
        None => text.split_at(text.iter().position(|b| *b == b':').unwrap_or(text.len())),
    };
    let port = match rest {
        [] => None,
        [b':', port @ ..] => Some(port),
        _ => return None,
    };
    Some((parse_ip(host)?, port))
}

/// Whether this is a port number as RFC 7239 §6.2 has it: one to five digits.
pub(crate) fn is_port(text: &[u8]) -> bool {
    matches!(text.len(), 1..=5) && text.iter().all(u8::is_ascii_digit)
}

const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const NAT64: [u8; 12] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
/// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`: the longest text that is an address.
const MAX_ADDRESS: usize = 45;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn check(input: &str, expected: &str) {
        assert_eq!(canonical(ip(input)), ip(expected), "{input}");
    }

    #[test]
    fn a188_addresses_of_one_v6_network_share_a_prefix() {
        let network = ip("2001:db8:1:2::");
        for host in 0..1_000_u128 {
            let host = Ipv6Addr::from_bits(ip_bits(network) | (host << 44) | host);
            assert_eq!(prefix(host.into(), 64), network);
        }
        assert_ne!(prefix(ip("2001:db8:1:3::1"), 64), network);
        assert_eq!(prefix(ip("2001:db8:1:2::1"), 48), ip("2001:db8:1::"));
        assert_eq!(prefix(ip("2001:db8::1"), 0), ip("::"));
        for whole in [128, 255] {
            assert_eq!(prefix(ip("2001:db8::1"), whole), ip("2001:db8::1"));
        }
    }

    fn ip_bits(ip: IpAddr) -> u128 {
        let IpAddr::V6(v6) = ip else { panic!("{ip} is not IPv6") };
        v6.to_bits()
    }

    #[test]
    fn a189_mapped_addresses_are_their_v4_selves() {
        check("::ffff:1.2.3.4", "1.2.3.4");
        check("::ffff:5.6.7.8", "5.6.7.8");
        check("1.2.3.4", "1.2.3.4");
        for (text, v4) in [("::ffff:1.2.3.4", "1.2.3.4"), ("::ffff:5.6.7.8", "5.6.7.8")] {
            assert_eq!(prefix(ip(text), 64), ip(v4));
            assert_eq!(parse_ip(text.as_bytes()), Some(ip(v4)));
        }
    }

    #[test]
    fn a190_only_the_well_known_nat64_prefix_yields_v4() {
        check("64:ff9b::1.2.3.4", "1.2.3.4");
        for unchanged in [
            "64:ff9b:1::1.2.3.4",         // NAT64 for local use, RFC 8215
            "64:ff9b::1:0:0",             // the next /96
            "2002:102:304::1",            // 6to4
            "2001:0:102:304::fefd:fcfb",  // Teredo
            "2001:db8::200:5efe:1.2.3.4", // ISATAP
            "::1.2.3.4",                  // IPv4-compatible, withdrawn
            "::fffe:1.2.3.4",
            "::1",
        ] {
            check(unchanged, unchanged);
        }
    }

    #[test]
    fn a184_only_strict_addresses_are_read() {
        for text in [
            "",
            "foo",
            "1.2.3",
            "1.2.3.4.5",
            "0x7f.1",
            "0x7f.0.0.1",
            "010.0.0.1",
            "1.2.3.04",
            "256.0.0.1",
            "16909060",
            " 1.2.3.4",
            "1.2.3.4 ",
            "1.2.3.4:80",
            "[::1]",
            "fe80::1%eth0",
            "fe80::1%1",
            "::ffff:010.0.0.1",
            ":::1",
            "12345::",
            "0.0.0.0",
            "::",
            "::ffff:0.0.0.0",
            "64:ff9b::",
            "١.2.3.4",
            "1.2.3.4\0",
        ] {
            assert_eq!(parse_ip(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_ip(b"\xff\xfe"), None);
        for text in ["1.2.3.4", "2001:db8::1", "2001:DB8::1", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"]
        {
            assert_eq!(parse_ip(text.as_bytes()), Some(ip(text)), "{text:?}");
        }
    }

    #[test]
    fn hosts_carry_their_port_unread() {
        let v4 = ip("192.0.2.1");
        let v6 = ip("2001:db8::1");
        for (text, expected) in [
            ("192.0.2.1", Some((v4, None))),
            ("192.0.2.1:80", Some((v4, Some("80")))),
            ("192.0.2.1:", Some((v4, Some("")))),
            ("[2001:db8::1]", Some((v6, None))),
            ("[2001:db8::1]:_x", Some((v6, Some("_x")))),
            ("[::ffff:192.0.2.1]:1", Some((v4, Some("1")))),
            ("2001:db8::1", None),
            ("[192.0.2.1]", None),
            ("[2001:db8::1", None),
            ("[2001:db8::1]80", None),
            ("[2001:db8::1]]", None),
            ("[[2001:db8::1]]", None),
            ("[]", None),
            ("[fe80::1%25eth0]", None),
            ("", None),
        ] {
            let expected = expected.map(|(ip, port)| (ip, port.map(str::as_bytes)));
            assert_eq!(parse_host(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent_and_prefix_agrees_on_mapped(bits: u128, v4: u32, v6_bits: u8) {
            let v6 = IpAddr::V6(Ipv6Addr::from_bits(bits));
            prop_assert_eq!(canonical(canonical(v6)), canonical(v6));
            prop_assert_eq!(prefix(prefix(v6, v6_bits), v6_bits), prefix(v6, v6_bits));
            let v4 = Ipv4Addr::from_bits(v4);
            prop_assert_eq!(canonical(v4.to_ipv6_mapped().into()), IpAddr::V4(v4));
            prop_assert_eq!(prefix(v4.to_ipv6_mapped().into(), v6_bits), IpAddr::V4(v4));
        }

        #[test]
        fn arbitrary_bytes_never_panic(text: Vec<u8>) {
            let _ = (parse_ip(&text), parse_host(&text), is_port(&text));
        }
    }
}
