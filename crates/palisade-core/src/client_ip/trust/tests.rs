use http::HeaderValue;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const PEER: &str = "127.0.0.1";
const XFF: ProxyHeader = ProxyHeader::XForwardedFor;
const FORWARDED: ProxyHeader = ProxyHeader::Forwarded;

fn single() -> ProxyHeader {
    ProxyHeader::Single(HeaderName::from_static("x-real-ip"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The proxy beside the service, and a tier of proxies before it.
fn trusted() -> TrustedProxies {
    TrustedProxies::parse([PEER, "10.0.0.0/8", "2001:db8:f::/48"]).unwrap()
}

fn headers<L: AsRef<[u8]>>(source: &ProxyHeader, lines: &[L]) -> HeaderMap {
    let value = |line: &L| HeaderValue::from_bytes(line.as_ref()).unwrap();
    lines.iter().map(|line| (source.name().clone(), value(line))).collect()
}

/// Without who vouched for it.
fn told(found: Found) -> (IpAddr, Option<Anomaly>) {
    (found.ip, found.anomaly)
}

fn find<L: AsRef<[u8]>>(source: &ProxyHeader, lines: &[L]) -> Found {
    client(ip(PEER), &headers(source, lines), &trusted(), source)
}

fn check(source: &ProxyHeader, lines: &[&str], expected: &str) {
    assert_eq!(told(find(source, lines)), (ip(expected), None), "{source:?} {lines:?}");
}

fn check_peer(source: &ProxyHeader, lines: &[&str], anomaly: Anomaly) {
    assert_eq!(told(find(source, lines)), (ip(PEER), Some(anomaly)), "{source:?} {lines:?}");
}

#[test]
fn a180_without_trusted_proxies_every_header_is_ignored() {
    let nobody = TrustedProxies::default();
    for n in 1..=20 {
        let mut headers = HeaderMap::new();
        for name in ["x-forwarded-for", "x-real-ip", "cf-connecting-ip"] {
            headers.insert(name, format!("203.0.113.{n}").parse().unwrap());
        }
        headers.insert(header::FORWARDED, format!("for=203.0.113.{n}").parse().unwrap());
        for source in [XFF, FORWARDED, single()] {
            let found = client(ip("198.51.100.7"), &headers, &nobody, &source);
            assert_eq!(told(found), (ip("198.51.100.7"), None));
        }
    }
}

#[test]
fn a182_an_untrusted_peer_is_the_client_whatever_it_sends() {
    for (source, line) in [(XFF, "203.0.113.9"), (FORWARDED, "for=203.0.113.9"), (single(), "203.0.113.9")] {
        for lines in [&[][..], &[line], &["garbage"], &[line, line]] {
            for (peer, expected) in
                [("198.51.100.7", "198.51.100.7"), ("::ffff:198.51.100.7", "198.51.100.7")]
            {
                let found = client(ip(peer), &headers(&source, lines), &trusted(), &source);
                assert_eq!(told(found), (ip(expected), None), "{source:?} {lines:?}");
            }
        }
    }
}

#[test]
fn who_vouched_for_the_client_is_told() {
    for (lines, expected) in [
        (&["198.51.100.7"][..], Some((1, ip(PEER)))),
        (&["198.51.100.7, 10.0.0.2, 10.0.0.1"], Some((3, ip("10.0.0.2")))),
        (&["198.51.100.7, garbage, 10.0.0.1"], Some((1, ip(PEER)))),
    ] {
        assert_eq!(find(&XFF, lines).vouched, expected, "{lines:?}");
    }
    let stranger = client(ip("198.51.100.7"), &headers(&XFF, &["203.0.113.9"]), &trusted(), &XFF);
    assert_eq!(stranger.vouched, None);
}

#[test]
fn the_first_untrusted_hop_is_the_client() {
    check(&XFF, &["198.51.100.7"], "198.51.100.7");
    check(&XFF, &["203.0.113.9, 198.51.100.7"], "198.51.100.7");
    check(&XFF, &["203.0.113.9, 198.51.100.7:4711, 10.1.2.3, [2001:db8:f::1]:443"], "198.51.100.7");
    check(
        &FORWARDED,
        &[r#"for=203.0.113.9, FOR="198.51.100.7:_p";proto=https, for=10.1.2.3"#],
        "198.51.100.7",
    );
    check(&FORWARDED, &[r#"for="[2001:db8::7]:4711", for="[2001:db8:f::1]""#], "2001:db8::7");
    check(
        &FORWARDED,
        &[r#"for=203.0.113.9;host=", for=198.51.100.7, for=10.1.2.3;host="a,b;for=203.0.113.8""#],
        "198.51.100.7",
    );
    check(&single(), &[" 198.51.100.7\t"], "198.51.100.7");
    check(&single(), &["2001:DB8::7"], "2001:db8::7");
}

#[test]
fn a183_all_trusted_empty_or_only_commas_is_the_peer() {
    check_peer(&XFF, &["10.0.0.1, 10.0.0.2", "127.0.0.1"], Anomaly::AllTrusted);
    check_peer(&FORWARDED, &["for=10.0.0.1, for=10.0.0.2"], Anomaly::AllTrusted);
    check_peer(&single(), &["10.0.0.1"], Anomaly::AllTrusted);
    for source in [XFF, FORWARDED, single()] {
        check_peer(&source, &[], Anomaly::Missing);
        check_peer(&source, &[""], Anomaly::Missing);
        check_peer(&source, &[" \t "], Anomaly::Missing);
        check_peer(&source, &[",,,"], Anomaly::Garbage);
    }
    check_peer(&XFF, &["198.51.100.7", ""], Anomaly::Garbage);
}

#[test]
fn a184_garbage_stops_the_walk() {
    for garbage in
        ["foo", "1.2.3.4.5", "0x7f.1", "010.0.0.1", "0.0.0.0", "::", "", "unknown", "_hidden", "1.2.3.é"]
    {
        check_peer(&XFF, &[&format!("198.51.100.7, {garbage}")], Anomaly::Garbage);
        check_peer(&XFF, &[&format!("198.51.100.7, {garbage}, 10.0.0.1")], Anomaly::Garbage);
        check_peer(&FORWARDED, &[&format!("for=198.51.100.7, for={garbage}")], Anomaly::Garbage);
        check_peer(
            &FORWARDED,
            &[&format!(r#"for=198.51.100.7, for="{garbage}""#), "for=10.0.0.1"],
            Anomaly::Garbage,
        );
        check_peer(&single(), &[&format!("198.51.100.7, {garbage}")], Anomaly::Garbage);
        check(&XFF, &[&format!("{garbage}, 198.51.100.7")], "198.51.100.7");
        check(&FORWARDED, &[&format!(r#"for="{garbage}, for=198.51.100.7"#)], "198.51.100.7");
    }
    check_peer(&FORWARDED, &["for=198.51.100.7, proto=https"], Anomaly::Garbage);
    check_peer(&FORWARDED, &["for=198.51.100.7, for=10.0.0.1;for=198.51.100.8"], Anomaly::Garbage);
    for garbage in ["foo", "198.51.100.7:80", "[2001:db8::7]", "0.0.0.0"] {
        check_peer(&single(), &[garbage], Anomaly::Garbage);
    }
}

#[test]
fn a185_several_lines_are_one_list_but_a_single_header_is_single() {
    check(&XFF, &["203.0.113.9", "198.51.100.7", "10.0.0.1, 10.0.0.2"], "198.51.100.7");
    check(&XFF, &["203.0.113.9", "203.0.113.8, 198.51.100.7"], "198.51.100.7");
    check(&FORWARDED, &["for=203.0.113.9", "for=198.51.100.7", "for=10.0.0.1"], "198.51.100.7");
    check(&FORWARDED, &[r#"for="203.0.113.9"#, "for=198.51.100.7"], "198.51.100.7");
    for lines in [["198.51.100.7", "198.51.100.7"], ["198.51.100.7", ""], ["", "198.51.100.7"]] {
        check_peer(&single(), &lines, Anomaly::Repeated);
    }
}

#[test]
fn a186_ten_thousand_entries_are_32_hops() {
    for lines in [vec![vec!["10.0.0.1"; 10_000].join(",")], vec!["10.0.0.1".to_owned(); 10_000]] {
        let headers = headers(&XFF, &lines);
        let mut examined = 0;
        let elements = Elements::new(&headers, XFF.name(), hops::last_comma);
        let address = |element| {
            examined += 1;
            hops::address(element)
        };
        assert_eq!(first_untrusted(elements, address, &trusted()), Err(Anomaly::TooManyHops));
        assert_eq!(examined, MAX_HOPS);
    }
    let proxies = |n| vec!["10.0.0.1"; n].join(",");
    check_peer(&XFF, &[&format!("198.51.100.7,{}", proxies(32))], Anomaly::TooManyHops);
    check(&XFF, &[&format!("198.51.100.7,{}", proxies(31))], "198.51.100.7");
    check_peer(&XFF, &[&proxies(32)], Anomaly::AllTrusted);
    check_peer(&FORWARDED, &[&vec!["for=10.0.0.1"; 10_000].join(",")], Anomaly::TooManyHops);
    check_peer(&FORWARDED, &[&format!(r#"for=198.51.100.7;x="{}""#, "x".repeat(100_000))], Anomaly::Garbage);
    check_peer(&XFF, &[&" ".repeat(100_000), "10.0.0.1"], Anomaly::Garbage);
}

#[test]
fn a189_mapped_and_plain_addresses_get_equal_answers() {
    let rules =
        TrustedProxies::parse(["::ffff:127.0.0.1", "::ffff:10.0.0.0/104", "2001:db8:f::/48"]).unwrap();
    assert_eq!(rules, trusted());
    let headers = headers(&XFF, &["::ffff:198.51.100.7, ::ffff:10.1.2.3"]);
    for peer in ["127.0.0.1", "::ffff:127.0.0.1"] {
        let found = client(ip(peer), &headers, &rules, &XFF);
        assert_eq!(told(found), (ip("198.51.100.7"), None));
    }
    assert!(rules.contains(ip("::ffff:10.9.9.9")) && rules.contains(ip("64:ff9b::10.9.9.9")));
    assert!(!rules.contains(ip("::ffff:11.0.0.1")));
}

#[test]
fn a192_rules_are_strict_and_never_everyone() {
    use TrustedProxyErrorKind::{Address, Everyone, HostBits, PrefixLength};
    for (rule, kind) in [
        ("0.0.0.0/0", Everyone),
        ("::/0", Everyone),
        ("10.0.0.1/0", Everyone),
        ("::ffff:0:0/96", Everyone),
        ("64:ff9b::/96", Everyone),
        ("", Address),
        ("*", Address),
        ("localhost", Address),
        (" 10.0.0.1", Address),
        ("010.0.0.0/8", Address),
        ("10.0.0/8", Address),
        ("fe80::1%eth0", Address),
        ("0.0.0.0", Address),
        ("::", Address),
        ("10.0.0.0/", PrefixLength),
        ("10.0.0.0/+8", PrefixLength),
        ("10.0.0.0/08", PrefixLength),
        ("10.0.0.0/33", PrefixLength),
        ("10.0.0.0/8/8", PrefixLength),
        ("10.0.0.0/255.0.0.0", PrefixLength),
        ("2001:db8::/129", PrefixLength),
        ("2001:db8::/256", PrefixLength),
        ("10.0.0.1/8", HostBits),
        ("2001:db8::1/32", HostBits),
        ("::ffff:10.0.0.1/104", HostBits),
    ] {
        let error = TrustedProxies::parse(["10.0.0.1", rule]).unwrap_err();
        assert_eq!((error.index(), error.kind()), (1, kind), "{rule}");
    }
    let many = |n| TrustedProxies::parse(iter::repeat_n("10.0.0.1", n));
    assert!(many(TrustedProxies::MAX_NETWORKS).is_ok());
    let error = many(usize::MAX).unwrap_err();
    assert_eq!((error.index(), error.kind()), (1_024, TrustedProxyErrorKind::TooMany));
    assert_eq!(error.to_string(), "trusted proxy at index 1024: there are more than 1024 entries");
    assert_eq!(TrustedProxies::parse([""; 0]), Ok(TrustedProxies::default()));
}

#[test]
fn trusting_everyone_takes_the_right_most_address() {
    let everyone = TrustedProxies::dangerous_trust_everyone();
    assert!(everyone.contains(ip("203.0.113.1")) && everyone.contains(ip("2001:db8::1")));
    for (source, line) in
        [(XFF, "203.0.113.9, 198.51.100.7"), (FORWARDED, "for=203.0.113.9, for=198.51.100.7")]
    {
        let found = client(ip("203.0.113.1"), &headers(&source, &[line]), &everyone, &source);
        assert_eq!(told(found), (ip("198.51.100.7"), None));
        let found = client(ip("203.0.113.1"), &HeaderMap::new(), &everyone, &source);
        assert_eq!(told(found), (ip("203.0.113.1"), Some(Anomaly::Missing)));
    }
}

fn sources() -> impl Strategy<Value = ProxyHeader> {
    prop_oneof![Just(XFF), Just(FORWARDED), Just(single())]
}

/// Bytes a header value may hold, half of them from the signs that matter here.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let any = prop_oneof![32_u8..127, 128_u8..=255];
    let near = proptest::sample::select(&b"for=,;:\"\\[]_.01. \t\xff"[..]);
    vec(prop_oneof![any, near], 0..60)
}

/// What trusted proxies append to: nothing but proxies to the right of one stranger.
fn suffix() -> impl Strategy<Value = Vec<&'static str>> {
    let stranger = proptest::sample::select(vec!["198.51.100.7", "2001:db8::7"]);
    let proxy = proptest::sample::select(vec!["10.0.0.1", "2001:db8:f::1", "127.0.0.1"]);
    (stranger, vec(proxy, 0..6)).prop_map(|(stranger, proxies)| [vec![stranger], proxies].concat())
}

proptest! {
    #[test]
    fn arbitrary_values_never_panic(lines in vec(value(), 0..5), peer: u32, source in sources()) {
        let headers = headers(&source, &lines);
        for trust in [trusted(), TrustedProxies::dangerous_trust_everyone()] {
            for peer in [ip(PEER), Ipv4Addr::from_bits(peer).into()] {
                let found = client(peer, &headers, &trust, &source);
                prop_assert!(found.anomaly.is_none() || found.ip == peer);
            }
        }
    }

    #[test]
    fn nothing_to_the_left_of_the_client_matters(lines in vec(value(), 0..4), left in value(), hops in suffix()) {
        let elements: Vec<_> = hops.iter().map(|hop| format!(r#"host="a,\",b";for="{hop}""#)).collect();
        let elements = elements.join(", ").replace("2001:db8::7", "[2001:db8::7]").replace("2001:db8:f::1", "[2001:db8:f::1]");
        for (source, list) in [(XFF, hops.join(", ")), (FORWARDED, elements)] {
            let expected = (ip(hops[0]), None);
            prop_assert_eq!(told(find(&source, &[&list])), expected);
            let mut lines = lines.clone();
            lines.push([&left, &b", "[..], list.as_bytes()].concat());
            prop_assert_eq!(told(find(&source, &lines)), expected);
            lines.push(list.into_bytes());
            prop_assert_eq!(told(find(&source, &lines)), expected);
        }
    }

    #[test]
    fn mapped_and_plain_are_one(peer: u32, hop: u32, length in 1_u8..=32) {
        let (peer, hop) = (Ipv4Addr::from_bits(peer), Ipv4Addr::from_bits(hop));
        let rule = Ipv4Net::new(peer, length).unwrap().trunc();
        prop_assume!(hop.to_bits() != 0 && rule.to_string() != "0.0.0.0/32");
        let mapped = format!("{}/{}", rule.addr().to_ipv6_mapped(), length + 96);
        let plain = TrustedProxies::parse([rule.to_string()]).unwrap();
        prop_assert_eq!(&TrustedProxies::parse([mapped]).unwrap(), &plain);
        let expected = client(peer.into(), &headers(&XFF, &[hop.to_string()]), &plain, &XFF);
        let mapped = headers(&XFF, &[hop.to_ipv6_mapped().to_string()]);
        prop_assert_eq!(client(peer.to_ipv6_mapped().into(), &mapped, &plain, &XFF), expected);
        prop_assert_eq!(expected.anomaly.is_some(), rule.contains(&hop));
    }

    #[test]
    fn the_sorted_set_agrees_with_a_plain_scan(rules in vec((any::<u32>(), 1_u8..=32), 0..40), bits: u32, near: proptest::sample::Index) {
        let rules: Vec<_> = rules.into_iter().map(|(bits, length)| Ipv4Net::new(Ipv4Addr::from_bits(bits), length).unwrap().trunc()).collect();
        let rules: Vec<_> = rules.into_iter().filter(|rule| rule.to_string() != "0.0.0.0/32").collect();
        let set = TrustedProxies::parse(rules.iter().map(ToString::to_string)).unwrap();
        let mut probes = vec![Ipv4Addr::from_bits(bits)];
        if !rules.is_empty() {
            let rule = near.get(&rules);
            probes.extend([rule.network(), rule.broadcast()]);
            probes.push(Ipv4Addr::from_bits(rule.broadcast().to_bits().wrapping_add(1)));
        }
        for ip in probes {
            prop_assert_eq!(set.contains(ip.into()), rules.iter().any(|rule| rule.contains(&ip)), "{}", ip);
        }
    }
}
