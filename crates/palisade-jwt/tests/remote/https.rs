//! The built-in client, over real wires to servers that mean no good.

use crate::{
    provider::jwks,
    signer::Signer,
    told::until,
    wire::{Authority, Sends, Server, Wire, answer},
};
use palisade_core::{Clock, ManualClock, UnixTime};
use palisade_jwt::{
    KeySource as _,
    remote::{RemoteErrorKind, RemoteKeys, RemoteKeysBuilder},
};
use serde_json::json;
use std::time::Duration;

const DESCRIPTION: &str = "/.well-known/openid-configuration";

/// A server that describes itself properly and has one key.
async fn good(wire: Wire, base: impl FnOnce(u16) -> String) -> (Server, String) {
    let server = Server::start(wire).await;
    let issuer = base(server.port);
    server.json(DESCRIPTION, &json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks")}));
    server.json("/jwks", &jwks(&[&Signer::new("k1")]));
    (server, issuer)
}

async fn plain() -> (Server, String) {
    good(Wire::Plain, |port| format!("http://127.0.0.1:{port}")).await
}

/// Keys that were fetched from there, and the time.
async fn loaded(issuer: &str) -> (RemoteKeys, ManualClock) {
    let time = ManualClock::new(UnixTime::from_secs(1_700_000_000));
    let keys =
        RemoteKeys::issuer(issuer).dangerous_loopback_http().clock(Clock::manual(&time)).build().unwrap();
    until("the first keys", || keys.status().is_usable()).await;
    (keys, time)
}

/// What comes of the first round.
async fn outcome(builder: RemoteKeysBuilder) -> Result<usize, (RemoteErrorKind, String)> {
    let keys = builder.build().unwrap();
    until("a round", || keys.status().is_usable() || keys.status().failures() > 0).await;
    let status = keys.status();
    status.last_error().map_or(Ok(status.keys()), |error| Err((error.kind(), error.to_string())))
}

/// What comes of a further round when the keys are answered so; those from before stay.
async fn check(sends: Sends, expected: RemoteErrorKind) {
    let (server, issuer) = plain().await;
    let (keys, time) = loaded(&issuer).await;
    let before = keys.current().unwrap().generation();
    let shown = format!("{sends:.200?}");
    server.at("/jwks", sends);
    time.advance(Duration::from_secs(700));
    assert!(keys.current().is_some());
    until("the next round", || keys.status().failures() > 0).await;
    assert_eq!(keys.status().last_error().unwrap().kind(), expected, "{shown}");
    assert_eq!(keys.current().unwrap().generation(), before, "{shown}");
}

fn head(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}\r\n").into_bytes()
}

#[tokio::test]
async fn a143_the_slow_the_silent_and_the_broken_are_given_up_and_the_keys_stay() {
    let dribble = [head("content-length: 1000\r\n"), b"{\"keys\":[]}".to_vec()].concat();
    let cut = [head("content-length: 1000\r\n"), b"{\"keys\":".to_vec()].concat();
    tokio::join!(
        check(Sends::Drop(dribble), RemoteErrorKind::Timeout),
        check(Sends::Nothing, RemoteErrorKind::Timeout),
        check(Sends::Bytes(cut), RemoteErrorKind::Connect),
        check(Sends::Bytes(Vec::new()), RemoteErrorKind::Connect),
        check(Sends::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), RemoteErrorKind::Connect),
    );
}

#[tokio::test]
async fn a146_what_is_too_large_is_left_unread() {
    let chunk = [b"4000\r\n".to_vec(), vec![b' '; 0x4000], b"\r\n".to_vec()].concat();
    check(Sends::Endless(head("transfer-encoding: chunked\r\n"), chunk), RemoteErrorKind::TooLarge).await;
    check(Sends::Endless(head("content-length: 10485760\r\n"), vec![b' '; 9_999]), RemoteErrorKind::TooLarge)
        .await;
    // Without a length, until the end that never comes.
    check(Sends::Endless(head(""), vec![b' '; 9_999]), RemoteErrorKind::TooLarge).await;
    // A length that is a lie: what follows is no part of the body.
    let short = [head("content-length: 2\r\n"), b"{}{\"keys\": []}".to_vec()].concat();
    check(Sends::Bytes(short), RemoteErrorKind::Document).await;
    let zipped =
        answer("200 OK", "content-type: application/json\r\ncontent-encoding: gzip\r\n", b"\x1f\x8b\x08");
    check(zipped, RemoteErrorKind::Document).await;
    // A head without end.
    check(Sends::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".to_vec()), RemoteErrorKind::Connect)
        .await;
}

#[tokio::test]
async fn a148_redirects_lead_nowhere() {
    let (other, elsewhere) = plain().await;
    for to in [&*format!("{elsewhere}/jwks"), "http://169.254.169.254/latest/meta-data", "/jwks2"] {
        let location = format!("location: {to}\r\n");
        check(answer("302 Found", &location, b""), RemoteErrorKind::Redirect).await;
    }
    assert_eq!(other.accepted(), 0);
    // Nor does the description's place.
    let (server, issuer) = plain().await;
    server.at(
        DESCRIPTION,
        answer("301 Moved Permanently", &format!("location: {elsewhere}{DESCRIPTION}\r\n"), b""),
    );
    let found = outcome(RemoteKeys::issuer(issuer).dangerous_loopback_http()).await;
    assert_eq!(found.unwrap_err().0, RemoteErrorKind::Redirect);
    assert_eq!(other.accepted(), 0);
}

#[tokio::test]
async fn a151_keys_inside_are_fetched_only_where_their_network_is_listed() {
    let authority = Authority::new("ours");
    let (server, issuer) =
        good(authority.server("localhost", 2_100), |port| format!("https://localhost:{port}")).await;
    let builder = || RemoteKeys::issuer(issuer.clone()).certificate_authority(authority.pem().as_bytes());
    let (kind, text) = outcome(builder()).await.unwrap_err();
    assert_eq!((kind, server.accepted()), (RemoteErrorKind::Address, 0));
    assert!(text.contains("allow_network"), "{text}");
    assert_eq!(outcome(builder().allow_network("127.0.0.0/8")).await, Ok(1));
    // A description that leads elsewhere inside leads nowhere.
    server.json(DESCRIPTION, &json!({"issuer": issuer, "jwks_uri": "https://169.254.169.254/jwks"}));
    let (kind, _) = outcome(builder().allow_network("127.0.0.0/8")).await.unwrap_err();
    assert_eq!(kind, RemoteErrorKind::Address);
}

#[tokio::test]
async fn a152_certificates_and_versions_are_verified() {
    let (authority, unknown) = (Authority::new("ours"), Authority::new("unknown"));
    let fetch = |wire: Wire| {
        let pem = authority.pem();
        async move {
            let (server, issuer) = good(wire, |port| format!("https://localhost:{port}")).await;
            let builder = RemoteKeys::issuer(issuer).allow_network("127.0.0.0/8");
            let found = outcome(builder.certificate_authority(pem.as_bytes())).await;
            (found, server.heads().len())
        }
    };
    assert_eq!(fetch(authority.server("localhost", 2_100)).await, (Ok(1), 2));
    let refused = |(found, heads): (Result<usize, (RemoteErrorKind, String)>, usize), part: &str| {
        let (kind, text) = found.unwrap_err();
        assert_eq!((kind, heads), (RemoteErrorKind::Tls, 0), "{text}");
        assert!(text.contains(part), "{text}");
    };
    refused(fetch(authority.server("localhost", 2_001)).await, "expired");
    refused(fetch(authority.server("other.example", 2_100)).await, "not valid for");
    refused(fetch(unknown.server("localhost", 2_100)).await, "UnknownIssuer");
    // A ServerHello of TLS 1.1.
    let hello = [&[3, 2][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
    let length = u8::try_from(hello.len()).unwrap();
    let record = [&[0x16, 3, 2, 0, length + 4, 2, 0, 0, length][..], &hello].concat();
    refused(fetch(Wire::Raw(record)).await, "Tls");
    // No TLS at all.
    refused(fetch(Wire::Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await, "no TLS");
}

#[tokio::test]
async fn what_is_asked_is_small_and_says_who_asks() {
    let (server, issuer) = plain().await;
    let (_keys, _) = loaded(&issuer).await;
    let [description, keys] = server.heads().try_into().unwrap();
    assert!(description.starts_with(&format!("GET {DESCRIPTION} HTTP/1.1\r\n")), "{description}");
    let host = issuer.strip_prefix("http://").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        keys,
        format!(
            "GET /jwks HTTP/1.1\r\nhost: {host}\r\naccept: application/jwk-set+json, application/json\r\n\
             accept-encoding: identity\r\nuser-agent: palisade/{version}\r\nconnection: close\r\n\r\n"
        )
    );
}

#[tokio::test]
async fn a_description_is_found_in_each_of_its_places() {
    for place in [
        "/main/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/main",
        "/.well-known/openid-configuration/main",
    ] {
        let server = Server::start(Wire::Plain).await;
        let issuer = format!("http://127.0.0.1:{}/main", server.port);
        server.json(place, &json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks")}));
        server.json("/main/jwks", &jwks(&[&Signer::new("k1")]));
        assert_eq!(
            outcome(RemoteKeys::issuer(issuer.clone()).dangerous_loopback_http()).await,
            Ok(1),
            "{place}"
        );
        // A page in an earlier place is passed over.
        server.at(
            "/main/.well-known/openid-configuration",
            answer("200 OK", "content-type: text/html\r\n", b"<p>"),
        );
        let found = outcome(RemoteKeys::issuer(issuer).dangerous_loopback_http()).await;
        assert_eq!(found.is_ok(), !place.starts_with("/main"), "{place}: {found:?}");
    }
}
