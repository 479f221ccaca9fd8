//! Answers that nobody reads, over sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use futures_util::{StreamExt as _, stream};
use http::Request;
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use palisade::{
    AccessLog, By, Clock, Concurrency, ManualClock, Overload, Stack, UnixTime,
    routes::{Routes, get},
};
use std::{convert::Infallible, future::Future, net::SocketAddr, time::Duration};
use tests::{
    server::{Handled, Server, TOKEN, stack},
    socket::fetch,
    written::Out,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

/// What a response that waits for its reader is given, and a little more.
const TOO_LONG: Duration = Duration::from_secs(31);

async fn endless() -> Body {
    let piece = bytes::Bytes::from(vec![b'x'; 64 * 1024]);
    Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(piece.clone())))
}

/// One piece, and then nothing for ever.
async fn quiet() -> Body {
    let first = stream::once(async { Ok::<_, Infallible>("data: hello\n\n") });
    Body::from_stream(first.chain(stream::pending()))
}

struct Service {
    server: Server,
    time: ManualClock,
    overload: Overload,
    streams: Concurrency,
    log: Out,
}

/// One request at a time for all on `/…`, and one for each caller on `/mine/…`.
async fn serve() -> Service {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let overload = Overload::new(1).unwrap();
    let streams = Concurrency::new("streams", 1, By::principal()).unwrap();
    let routes = Routes::new()
        .route("/endless", get(endless).public().guard(overload.clone()))
        .route("/quiet", get(quiet).public().guard(overload.clone()))
        .route("/brief", get(async || "done").public().guard(overload.clone()))
        .route("/mine/endless", get(endless).authenticated().guard(streams.clone()))
        .route("/mine/brief", get(async || "done").authenticated().guard(streams.clone()));
    let log = Out::default();
    let stack = stack().access_log(AccessLog::json(log.clone()).build().unwrap());
    let app = stack.clock(Clock::manual(&time)).protect(routes).unwrap();
    let server = Server::serve(app, Handled::default()).await;
    Service { server, time, overload, streams, log }
}

/// Asks for this and never reads.
async fn ask(addr: SocketAddr, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

async fn until<F: Future<Output = bool>>(mut is: impl FnMut() -> F, why: &str) {
    for _ in 0..500 {
        if is().await {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("{why}");
}

/// Asks until it is let in, with time that flies in between.
async fn gets_in(service: &Service, path: &str) {
    let line = format!("Authorization: Bearer {TOKEN}\r\n");
    until(
        || async {
            let status = fetch(service.server.addr, path, &line).await.status;
            service.time.advance(TOO_LONG);
            status == 200
        },
        "the place is held for ever",
    )
    .await;
}

#[tokio::test]
async fn a313_a_socket_that_is_never_read_loses_its_place() {
    let service = serve().await;
    let socket = ask(service.server.addr, "/endless").await;
    until(|| async { service.overload.in_flight() == 1 }, "it never came in").await;
    gets_in(&service, "/brief").await;
    drop(socket);
    until(|| async { service.overload.in_flight() == 0 }, "given back twice, or not at all").await;
    // Its line is written when the connection is gone.
    until(|| async { service.log.text().contains(r#""outcome":"unread""#) }, "the log does not tell").await;
}

#[tokio::test]
async fn a313_a_caller_whose_answer_is_never_read_may_ask_again() {
    let service = serve().await;
    let socket = ask(service.server.addr, "/mine/endless").await;
    until(|| async { service.streams.in_flight() == 1 }, "it never came in").await;
    gets_in(&service, "/mine/brief").await;
    drop(socket);
    until(|| async { service.streams.in_flight() == 0 }, "given back twice, or not at all").await;
}

/// A stream whose window is shut holds even an answer of four bytes.
#[tokio::test]
async fn a313_a_stream_whose_window_stays_shut_loses_its_place() {
    let service = serve().await;
    let socket = TcpStream::connect(service.server.addr).await.unwrap();
    let mut client = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) = client
        .initial_stream_window_size(0)
        .handshake::<_, Empty<bytes::Bytes>>(TokioIo::new(socket))
        .await
        .unwrap();
    let task = tokio::spawn(connection);
    let request = Request::get("http://x/brief").body(Empty::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!((response.status().as_u16(), service.overload.in_flight()), (200, 1));
    gets_in(&service, "/brief").await;
    drop(response);
    task.abort();
    until(|| async { service.overload.in_flight() == 0 }, "given back twice, or not at all").await;
}

#[tokio::test]
async fn who_waits_for_events_keeps_the_place_however_long_it_takes() {
    let service = serve().await;
    let _socket = ask(service.server.addr, "/quiet").await;
    until(|| async { service.overload.in_flight() == 1 }, "it never came in").await;
    // The one piece is out.
    sleep(Duration::from_millis(300)).await;
    for _ in 0..20 {
        assert_eq!(fetch(service.server.addr, "/brief", "").await.status, 503);
        service.time.advance(TOO_LONG);
    }
    assert_eq!(service.overload.in_flight(), 1);
}

/// The same with what a stack keeps for all its routes.
#[tokio::test]
async fn a_whole_stack_takes_places_back_too() {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let overload = Overload::new(1).unwrap();
    let stack: Stack = stack().in_flight_limit(overload.clone()).clock(Clock::manual(&time));
    let routes =
        Routes::new().route("/endless", get(endless).public()).route("/brief", get(async || "done").public());
    let server = Server::serve(stack.protect(routes).unwrap(), Handled::default()).await;
    let streams = Concurrency::new("streams", 1, By::principal()).unwrap();
    let service = Service { server, time, overload, streams, log: Out::default() };
    let _socket = ask(service.server.addr, "/endless").await;
    until(|| async { service.overload.in_flight() == 1 }, "it never came in").await;
    gets_in(&service, "/brief").await;
}
