//! Whom a request is for (RFC 9112 §3.2), over sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::Request;
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tests::{
    client::{get, send},
    server::{Handled, Server, routes, stack},
    socket::exchange,
};
use tokio::net::TcpStream;

async fn check(server: &Server, head: &str, expected: u16) {
    let answer = exchange(server.addr, &format!("{head}Connection: close\r\n\r\n")).await;
    assert_eq!(answer.status, expected, "{head:?} {answer:?}");
    if expected == 400 {
        assert!(answer.body.contains("VALIDATION_ERROR"), "{answer:?}");
        assert!(!answer.header("x-request-id").is_empty(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_request_says_once_whom_it_is_for() {
    let server = Server::start(stack()).await;
    for (head, expected) in [
        ("GET /healthz HTTP/1.1\r\n", 400),
        ("GET http://x/healthz HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: x\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n", 400),
        ("GET /healthz HTTP/1.0\r\nHost: x\r\nHost: y\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x, y\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost:\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a@x\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x/y\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: http://x\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x:80:80\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x:y\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: [::1\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nhOsT: api.example.org:8443\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\n", 200),
        ("GET http://y/healthz HTTP/1.1\r\nHost: x\r\n", 200),
    ] {
        check(&server, head, expected).await;
    }
}

#[tokio::test]
async fn in_http_2_the_authority_counts() {
    let server = Server::start(stack()).await;
    let socket = TcpStream::connect(server.addr).await.unwrap();
    let client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) =
        client.handshake::<_, Empty<bytes::Bytes>>(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    for (host, expected) in [(None, 200), (Some("x"), 200), (Some("y"), 400), (Some("x y"), 400)] {
        let mut request = Request::get("http://x/healthz");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let response = sender.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{host:?}");
    }
}

/// Whoever calls the service within the process, as tests do, need not write one.
#[tokio::test]
async fn what_never_was_on_a_wire_needs_none() {
    let app = stack().protect(routes(&Handled::default())).unwrap();
    assert_eq!(send(&app, get("/healthz")).await.status, 200);
}
