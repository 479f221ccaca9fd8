//! What only a connection shows: upgrades, streams, and bodies on the wire.

use axum::{
    body::{Body, to_bytes},
    extract::ws::{Message, WebSocketUpgrade},
    response::{Response, Sse, sse::Event},
};
use palisade_core::{Authenticate, Scope, StaticToken, StaticTokens, gate};
use palisade_routes::{Routes, get, post};
use std::convert::Infallible;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const STREAM: Scope = Scope::from_static("use_streaming");

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        let _ = socket.send(Message::text("hello")).await;
    })
}

async fn events() -> Sse<impl tokio_stream::Stream<Item = Result<Event, Infallible>>> {
    Sse::new(tokio_stream::iter(["one", "two"].map(|word| Ok(Event::default().data(word)))))
}

async fn sink(body: Body) -> String {
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes.len().to_string(),
        Err(_) => "too long".to_owned(),
    }
}

async fn serve() -> std::net::SocketAddr {
    let routes: Routes = Routes::new()
        .route("/socket", get(socket).requires(STREAM))
        .route("/events", get(events).requires(STREAM))
        .route("/sink", post(sink).requires(STREAM).body_limit(10));
    let tokens = StaticTokens::new([StaticToken::named("a").value(TOKEN).scopes([STREAM])]).unwrap();
    let router = routes.into_router().unwrap().layer(gate(Authenticate::with(tokens).identify()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends one request on a connection of its own and reads until the server closes or `until` was seen.
async fn exchange(head: &str, body: &str, until: &str) -> String {
    let mut stream = TcpStream::connect(serve().await).await.unwrap();
    stream.write_all(format!("{head}\r\nhost: a\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or_default();
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        if read == 0 || text.contains(until) {
            return text;
        }
    }
}

const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";

#[tokio::test]
async fn a021_no_upgrade_without_a_credential() {
    let answer = exchange(&format!("GET /socket HTTP/1.1\r\n{UPGRADE}"), "", "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn upgrades_pass() {
    let head = format!("GET /socket HTTP/1.1\r\n{UPGRADE}\r\nauthorization: Bearer {TOKEN}");
    let answer = exchange(&head, "", "hello").await;
    assert!(answer.starts_with("HTTP/1.1 101 ") && answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn streams_pass() {
    let head = format!("GET /events HTTP/1.1\r\nconnection: close\r\nauthorization: Bearer {TOKEN}");
    let answer = exchange(&head, "", "data: two").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("data: one"), "{answer}");
    let answer = exchange("GET /events HTTP/1.1\r\nconnection: close", "", "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn bodies_on_the_wire() {
    let head = format!("POST /sink HTTP/1.1\r\nconnection: close\r\nauthorization: Bearer {TOKEN}");
    for (framing, body, expected) in [
        ("content-length: 10", "0123456789", "10"),
        ("content-length: 11", "0123456789a", "HTTP/1.1 413 "),
        ("content-length: 1000000000", "", "HTTP/1.1 413 "),
        ("transfer-encoding: chunked", "a\r\n0123456789\r\n0\r\n\r\n", "10"),
        ("transfer-encoding: chunked", "a\r\n0123456789\r\n1\r\na\r\n0\r\n\r\n", "too long"),
    ] {
        let answer = exchange(&format!("{head}\r\n{framing}"), body, expected).await;
        assert!(answer.contains(expected), "{framing}: {answer}");
    }
}

/// Nobody is asked to go on with a body that will be refused.
#[tokio::test]
async fn refusals_come_before_100_continue() {
    let expect = "content-length: 5\r\nexpect: 100-continue\r\nconnection: close";
    let answer = exchange(&format!("POST /sink HTTP/1.1\r\n{expect}"), "", "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let head =
        format!("POST /sink HTTP/1.1\r\nauthorization: Bearer {TOKEN}\r\n{}", expect.replace('5', "11"));
    let answer = exchange(&head, "", "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}
