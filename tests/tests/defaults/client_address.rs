//! Where a request came from.

use super::{log::Log, stack, with};
use axum::body::Body;
use http::Request;
use palisade::{
    Client, ClientIp, Peer, Protected, ProxyHeader, Stack, TrustedProxies, TrustedProxyErrorKind as Kind,
    routes::{Routes, get},
};
use std::net::{IpAddr, Ipv4Addr};
use tests::client::{get as request, send};
use tower::ServiceExt as _;

/// Tells callers where they are.
fn app(stack: Stack) -> Protected {
    let route = get(async |client: Client| client.ip.to_string()).public();
    stack.protect(Routes::new().route("/", route)).unwrap()
}

fn behind(networks: &[&str]) -> ClientIp {
    ClientIp::behind(TrustedProxies::parse(networks).unwrap(), ProxyHeader::XForwardedFor)
}

/// The client that is found for a request of this peer with this `X-Forwarded-For`.
fn found(client_ip: &ClientIp, peer: &str, forwarded: &str) -> String {
    let mut request = with(Request::new(Body::empty()), "x-forwarded-for", forwarded);
    request.extensions_mut().insert(Peer((peer.parse::<IpAddr>().unwrap(), 443).into()));
    client_ip.find(&request.into_parts().0).unwrap().ip.to_string()
}

#[tokio::test]
async fn client_is_the_peer() {
    let names = ["x-forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip"];
    let claims = || {
        let request = with(request("/"), "forwarded", "for=198.51.100.1");
        names.iter().fold(request, |request, name| with(request, name, "198.51.100.1"))
    };
    for (stack, expected) in [
        (stack(), "192.0.2.1"),
        (stack().client_ip(behind(&["192.0.2.0/24"])), "198.51.100.1"),
        (stack().client_ip(behind(&["203.0.113.0/24"])), "192.0.2.1"),
    ] {
        assert_eq!(send(&app(stack), claims()).await.body, expected);
    }
}

#[tokio::test]
async fn no_peer_is_503() {
    let (log, _listening) = Log::listen();
    let refused = app(stack()).oneshot(request("/")).await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(log.says(&["ERROR", "palisade::setup", "into_make_service_with_connect_info"]));
    let moved = stack().client_ip(ClientIp::peer().without_peer_as(Ipv4Addr::LOCALHOST.into()));
    assert_eq!(app(moved).oneshot(request("/")).await.unwrap().status(), 200);
}

#[test]
fn trusted_proxies_are_strict() {
    for (network, expected) in [
        ("10.0.0.0/8", None),
        ("10.0.0.1", None),
        ("10.0.0.1/8", Some(Kind::HostBits)),
        ("2001:db8::1/64", Some(Kind::HostBits)),
        ("0.0.0.0/0", Some(Kind::Everyone)),
        ("::/0", Some(Kind::Everyone)),
        ("::ffff:0:0/96", Some(Kind::Everyone)),
        ("010.0.0.0/8", Some(Kind::Address)),
        ("10.0.0.0/33", Some(Kind::PrefixLength)),
    ] {
        assert_eq!(TrustedProxies::parse([network]).err().map(|error| error.kind()), expected, "{network}");
    }
    assert_eq!(TrustedProxies::MAX_NETWORKS, 1_024);
    let many = |count: u32| TrustedProxies::parse((0..count).map(|nth| Ipv4Addr::from(nth + 1).to_string()));
    assert!(many(1_024).is_ok());
    assert_eq!(many(1_025).unwrap_err().kind(), Kind::TooMany);
    let stranger = IpAddr::from([198, 51, 100, 1]);
    assert!(!TrustedProxies::default().contains(stranger));
    assert!(TrustedProxies::dangerous_trust_everyone().contains(stranger));
}

#[test]
fn hops_are_32() {
    let behind = behind(&["10.0.0.0/8"]);
    let check = |forwarded: &str, expected| assert_eq!(found(&behind, "10.0.0.1", forwarded), expected);
    check("198.51.100.1, 203.0.113.1, 10.0.0.2", "203.0.113.1");
    let after = |hops: usize| format!("203.0.113.1{}", ", 10.0.0.2".repeat(hops));
    check(&after(31), "203.0.113.1");
    check(&after(32), "10.0.0.1");
    let padded = |length: usize| format!("{:>length$}", "203.0.113.1");
    check(&padded(16 * 1024), "203.0.113.1");
    check(&padded(16 * 1024 + 1), "10.0.0.1");
}

#[test]
fn mapped_addresses_are_ipv4() {
    for (peer, expected) in [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("2002:c000:201::1", "2002:c000:201::1"),
        ("::192.0.2.1", "::c000:201"),
    ] {
        assert_eq!(found(&ClientIp::peer(), peer, ""), expected);
        // The same as an entry of a header, and as the proxy that is trusted.
        assert_eq!(found(&behind(&["10.0.0.1"]), "::ffff:10.0.0.1", peer), expected);
    }
}
