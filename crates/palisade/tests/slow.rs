//! Clients that take their time, against the server on its own clock.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::serve::Listener;
use palisade::{Auth, BoundedListener, HEAD_TIME, IDLE_TIME, Routes, Stack, routes::get, serve_until};
use std::{future::pending, io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::mpsc,
    time::{Instant, timeout},
};

struct Pipes(mpsc::Receiver<DuplexStream>);

impl Listener for Pipes {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(pipe) => (pipe, ([192, 0, 2, 1], 40_000).into()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(([127, 0, 0, 1], 80).into())
    }
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// How long the server lets a client stay that sends this, and then a byte a second of `more`.
async fn stays(first: &[u8], more: Option<u8>) -> Duration {
    let (pipes, accepted) = mpsc::channel(1);
    let routes = Routes::new().route("/", get(async || "ok").public());
    let app = Stack::new(Auth::disabled()).protect(routes).unwrap();
    let server = tokio::spawn(serve_until(BoundedListener::new(Pipes(accepted)), app, pending()));
    let (mut ours, theirs) = duplex(64 * 1024);
    let began = Instant::now();
    pipes.send(theirs).await.unwrap();
    ours.write_all(first).await.unwrap();
    let mut answer = [0; 1024];
    while began.elapsed() < 10 * HEAD_TIME {
        match timeout(Duration::from_secs(1), ours.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(_)) => {}
            Err(_) => {
                if let Some(byte) = more
                    && ours.write_all(&[byte]).await.is_err()
                {
                    break;
                }
            }
        }
    }
    server.abort();
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a326_whoever_sends_no_head_in_time_is_let_go_whatever_it_begins_with() {
    let settings = [PREFACE, SETTINGS].concat();
    let half = [&settings[..], b"\0\0\x01\x01\0\0\0\0\x01\x82"].concat();
    for (first, more) in [
        (&b""[..], None),
        (b"P", None),
        (b"PRI * HTTP/2.0\r\n", None),
        (b"GET / HT", Some(b'a')),
        (PREFACE, None),
        (&settings, None),
        (&half, None),
    ] {
        let stayed = stays(first, more).await;
        assert!(stayed <= HEAD_TIME + Duration::from_secs(1), "{stayed:?} {}", first.escape_ascii());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_in_time_may_ask_again_later() {
    let ask = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let (pipes, accepted) = mpsc::channel(1);
    let routes = Routes::new().route("/", get(async || "ok").public());
    let app = Stack::new(Auth::disabled()).protect(routes).unwrap();
    let server = tokio::spawn(serve_until(BoundedListener::new(Pipes(accepted)), app, pending()));
    let (mut ours, theirs) = duplex(64 * 1024);
    pipes.send(theirs).await.unwrap();
    for _ in 0..5 {
        ours.write_all(ask).await.unwrap();
        let mut answer = [0; 1024];
        let read = ours.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
        tokio::time::sleep(HEAD_TIME - Duration::from_secs(1)).await;
    }
    server.abort();
}

/// An HTTP/1.1 connection that was answered and then says nothing.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_in_time() {
    let stayed = stays(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", None).await;
    assert!(stayed > Duration::from_secs(5) && stayed <= 2 * HEAD_TIME, "{stayed:?}");
}

/// An HTTP/2 connection whose other end lives, and answers every ping.
#[tokio::test(start_paused = true)]
async fn an_idle_connection_of_http_2_is_closed_in_time_and_a_stream_is_not_cut() {
    use axum::body::Body;
    use futures_util::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let (pipes, accepted) = mpsc::channel(1);
    // An event every ten minutes.
    let events = async || {
        let events = stream::iter(0..3).then(async |_| {
            tokio::time::sleep(10 * IDLE_TIME).await;
            Ok::<_, std::convert::Infallible>("data: x\n\n")
        });
        Body::from_stream(events)
    };
    let routes = Routes::new().route("/", get(async || "ok").public()).route("/events", get(events).public());
    let app = Stack::new(Auth::disabled()).protect(routes).unwrap();
    let server = tokio::spawn(serve_until(BoundedListener::new(Pipes(accepted)), app, pending()));
    for (path, expected) in [("/", "ok"), ("/events", "data: x\n\ndata: x\n\ndata: x\n\n")] {
        let (ours, theirs) = duplex(64 * 1024);
        pipes.send(theirs).await.unwrap();
        let (mut client, connection) =
            hyper::client::conn::http2::handshake::<_, _, Empty<axum::body::Bytes>>(
                TokioExecutor::new(),
                TokioIo::new(ours),
            )
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        let request = http::Request::get(format!("http://x{path}")).body(Empty::new()).unwrap();
        let body = client.send_request(request).await.unwrap().into_body();
        assert_eq!(body.collect().await.unwrap().to_bytes(), expected, "{path}");
        let ended = timeout(3 * IDLE_TIME, connection).await;
        assert!(ended.is_ok(), "{path}: it idles for ever");
        drop(client);
    }
    server.abort();
}

/// A window that stays shut: the server is never asked for the answer, and must not keep it all the same.
#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_let_go_of_and_the_streams_beside_it_go_on() {
    use axum::body::{Body, Bytes};
    use futures_util::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use std::{convert::Infallible, sync::Arc};

    let kept = Arc::new(());
    let mine = kept.clone();
    let large = async move || {
        // As long as the body is there, so is this.
        let kept = mine.clone();
        Body::from_stream(stream::repeat_with(move || {
            let _ = &kept;
            Ok::<_, Infallible>(Bytes::from_static(&[0; 1024]))
        }))
    };
    // An event a minute and a half, half an hour long.
    let events = async || {
        let events = stream::iter(0..20).then(async |_| {
            tokio::time::sleep(3 * IDLE_TIME / 2).await;
            Ok::<_, Infallible>("data: x\n\n")
        });
        Body::from_stream(events)
    };
    let routes = Routes::new().route("/large", get(large).public()).route("/events", get(events).public());
    let app = Stack::new(Auth::disabled()).protect(routes).unwrap();
    let (pipes, accepted) = mpsc::channel(1);
    let server = tokio::spawn(serve_until(BoundedListener::new(Pipes(accepted)), app, pending()));
    let (ours, theirs) = duplex(64 * 1024);
    pipes.send(theirs).await.unwrap();
    let mut client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let client = client.initial_stream_window_size(1_000);
    let (mut sender, connection) = client.handshake::<_, Empty<Bytes>>(TokioIo::new(ours)).await.unwrap();
    tokio::spawn(connection);
    let ask = |path: &str| http::Request::get(format!("http://x{path}")).body(Empty::new()).unwrap();
    let stuck = sender.send_request(ask("/large")).await.unwrap();
    let events = sender.send_request(ask("/events")).await.unwrap();
    let began = Instant::now();
    let reader = tokio::spawn(events.into_body().collect());
    let before = Arc::strong_count(&kept);
    while Arc::strong_count(&kept) == before {
        assert!(began.elapsed() < 4 * IDLE_TIME, "it is held for ever");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(began.elapsed() > IDLE_TIME, "{:?}", began.elapsed());
    let read = timeout(60 * IDLE_TIME, reader).await.unwrap().unwrap().unwrap().to_bytes();
    assert_eq!(read.len(), 20 * "data: x\n\n".len());
    drop(stuck);
    server.abort();
}

/// The settings that the server sends first (RFC 9113 §6.5).
#[tokio::test]
async fn one_connection_of_http_2_has_a_hundred_requests_at_once_and_heads_of_64_kib() {
    let (pipes, accepted) = mpsc::channel(1);
    let routes = Routes::new().route("/", get(async || "ok").public());
    let app = Stack::new(Auth::disabled()).protect(routes).unwrap();
    let server = tokio::spawn(serve_until(BoundedListener::new(Pipes(accepted)), app, pending()));
    let (mut ours, theirs) = duplex(64 * 1024);
    pipes.send(theirs).await.unwrap();
    ours.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    let mut head = [0; 9];
    ours.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "a frame of settings");
    let mut settings = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
    ours.read_exact(&mut settings).await.unwrap();
    let value = |id: u8| {
        let found = settings.chunks_exact(6).find(|setting| setting[..2] == [0, id]).unwrap();
        u32::from_be_bytes([found[2], found[3], found[4], found[5]])
    };
    assert_eq!((value(3), value(6)), (100, 64 * 1024));
    server.abort();
}

#[cfg(feature = "tls")]
mod handshakes {
    use super::*;
    use palisade::{HANDSHAKE_TIME, HANDSHAKES, ServerTls, serve_tls_until};
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    /// A server whose clients come out of the channel, none of which says a word.
    fn server() -> mpsc::Sender<DuplexStream> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let tls = ServerTls::pem(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
        let (pipes, accepted) = mpsc::channel(1);
        let routes = Routes::new().route("/", get(async || "ok").public());
        let app = Stack::new(Auth::disabled()).protect(routes).unwrap();
        tokio::spawn(serve_tls_until(BoundedListener::new(Pipes(accepted)), app, tls, pending()));
        pipes
    }

    /// How long until the server is done with this client.
    async fn stays(client: &mut DuplexStream) -> Duration {
        let began = Instant::now();
        let mut nothing = [0; 64];
        let _ = timeout(10 * HANDSHAKE_TIME, client.read(&mut nothing)).await;
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_does_not_come_is_over_in_time() {
        let pipes = server();
        let (mut client, theirs) = duplex(1024);
        pipes.send(theirs).await.unwrap();
        let stayed = stays(&mut client).await;
        assert!(stayed <= HANDSHAKE_TIME + Duration::from_secs(1), "{stayed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_handshake_makes_room_for_one_too_many() {
        let pipes = server();
        let mut clients = Vec::new();
        for _ in 0..=HANDSHAKES {
            let (client, theirs) = duplex(64);
            pipes.send(theirs).await.unwrap();
            clients.push(client);
        }
        let (first, second) = clients.split_at_mut(1);
        assert!(stays(&mut first[0]).await < Duration::from_secs(1));
        assert!(stays(&mut second[0]).await > Duration::from_secs(5));
    }
}
