//! Limits as clients see them on the wire.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::response::{Sse, sse};
use bytes::Bytes;
use futures_util::{future::join_all, stream};
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use palisade::{
    By, Clock, ManualClock, RateLimit, Stack, UnixTime, gate,
    routes::{Routes, get, public},
};
use std::{convert::Infallible, time::Duration};
use tests::{
    server::{Handled, Server, TOKEN, stack},
    socket::{Raw, exchange, fetch},
};
use tokio::net::TcpStream;

const NOON: u64 = 1_704_067_200;

fn clock() -> (ManualClock, Clock) {
    let time = ManualClock::new(UnixTime::from_secs(NOON));
    let clock = Clock::manual(&time);
    (time, clock)
}

async fn serve(stack: Stack, routes: Routes) -> Server {
    Server::serve(stack.protect(routes).unwrap(), Handled::default()).await
}

/// `Limit Remaining`, once each, whole, and in range.
fn told(answer: &Raw) -> (u32, u32) {
    let number = |name| answer.header(name).parse::<u32>().unwrap_or_else(|_| panic!("{name}: {answer:?}"));
    let (limit, remaining) = (number("x-ratelimit-limit"), number("x-ratelimit-remaining"));
    assert!(remaining <= limit && number("x-ratelimit-reset") >= NOON as u32, "{answer:?}");
    for name in ["ratelimit", "ratelimit-policy"] {
        assert!(answer.header(name).starts_with('"'), "{answer:?}");
    }
    (limit, remaining)
}

/// A handler that thinks it knows better.
async fn meddles() -> ([(&'static str, &'static str); 4], &'static str) {
    let lines = [
        ("x-ratelimit-limit", "-1"),
        ("x-ratelimit-remaining", "999"),
        ("ratelimit", "mine"),
        ("ratelimit-policy", "mine"),
    ];
    (lines, "done")
}

async fn streams() -> Sse<impl stream::Stream<Item = Result<sse::Event, Infallible>>> {
    Sse::new(stream::iter(["one", "two"].map(|word| Ok(sse::Event::default().data(word)))))
}

#[tokio::test]
async fn a220_a235_every_response_tells_once_and_truly() {
    let (_, clock) = clock();
    let routes = Routes::new()
        .route("/meddles", get(meddles).public())
        .route("/streams", get(streams).public())
        .route("/fails", get(async || StatusCode::INTERNAL_SERVER_ERROR).public())
        .route("/panics", get(async || if true { panic!("canary") } else { "" }).public())
        .route("/guarded", get(async || "").authenticated())
        .route("/moved", get(async || axum::response::Redirect::to("/meddles")).public());
    let server = serve(stack().address_limit("8/minute; 100/hour").clock(clock), routes).await;
    let paths = [
        ("/meddles", 200),
        ("/streams", 200),
        ("/fails", 500),
        ("/panics", 500),
        ("/guarded", 401),
        ("/moved", 303),
        ("/nowhere", 404),
        ("/meddles", 200),
        ("/meddles", 429),
        ("/streams", 429),
    ];
    for (sent, (path, expected)) in paths.into_iter().enumerate() {
        let answer = fetch(server.addr, path, "").await;
        let remaining = 7_u32.saturating_sub(u32::try_from(sent).unwrap());
        assert_eq!((answer.status, told(&answer)), (expected, (8, remaining)), "{path}");
        assert_eq!(answer.header("retry-after").is_empty(), expected != 429, "{path}");
        assert_eq!(
            answer.header("ratelimit-policy"),
            r#""address/minute";q=8;w=60, "address/hour";q=100;w=3600"#
        );
    }
}

#[tokio::test]
async fn a199_a200_a201_ten_at_once_over_a_socket() {
    let (time, clock) = clock();
    let routes = Routes::new().route("/", get(async || "ok").public());
    let server = serve(stack().address_limit("5/second burst 10").clock(clock), routes).await;
    for left in (0..10).rev() {
        let answer = fetch(server.addr, "/", "").await;
        assert_eq!((answer.status, told(&answer)), (200, (10, left)));
    }
    for _ in 0..20 {
        let refused = fetch(server.addr, "/", "").await;
        assert_eq!((refused.status, told(&refused)), (429, (10, 0)));
        assert_eq!((refused.header("retry-after"), refused.header("cache-control")), ("1", "no-store"));
        assert!(refused.body.contains("RATE_LIMITED"), "{refused:?}");
        time.advance(Duration::from_secs(1));
        for _ in 0..5 {
            assert_eq!(fetch(server.addr, "/", "").await.status, 200);
        }
    }
}

#[tokio::test]
async fn a216_probes_of_every_kind_are_counted() {
    let (_, clock) = clock();
    let routes = Routes::new().route("/guarded", get(async || "").authenticated().body_limit(10));
    let server = serve(stack().address_limit("7/minute").clock(clock), routes).await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    let probes = [
        ("GET", "/guarded", "", 401),
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/guarded", &*bearer, 405),
        ("OPTIONS", "/guarded", "", 401),
        ("HEAD", "/guarded", &*bearer, 200),
        ("GET", "/guarded", "Authorization: Bearer wrong\r\n", 401),
        ("GET", "/guarded", &*bearer, 200),
        ("GET", "/guarded", &*bearer, 429),
        ("OPTIONS", "/nowhere", "", 429),
    ];
    for (method, path, lines, expected) in probes {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n");
        let answer = exchange(server.addr, &request).await;
        assert_eq!(answer.status, expected, "{method} {path} {lines}");
        told(&answer);
    }
}

#[tokio::test]
async fn a218_routers_inside_routers_charge_and_tell_once() {
    let (_, clock) = clock();
    let limit = RateLimit::new("address", "3/minute", By::client()).unwrap();
    let layer = || gate(limit.clone());
    // axum's own routers, one in another, each with a layer of the same limit, behind a route with it, in a stack with it.
    let leaf = axum::Router::new().route("/leaf", axum::routing::get(meddles)).layer(layer());
    let branch = axum::Router::new().nest("/branch", leaf.route_layer(layer())).layer(layer());
    let ours = Routes::new().route("/here", get(async || "ok").public().guard(limit.clone()));
    let routes = Routes::new().nest("/ours", ours).mount("/tree", public(), branch);
    let stack = stack().address_limit(limit.clone()).principal_limit(limit.clone()).clock(clock);
    let server = serve(stack, routes).await;
    for (path, left) in [("/tree/branch/leaf", 2), ("/ours/here", 1), ("/tree/branch/leaf", 0)] {
        let answer = fetch(server.addr, path, "").await;
        assert_eq!((answer.status, told(&answer)), (200, (3, left)), "{path}");
        assert_eq!(answer.header("ratelimit-policy"), r#""address";q=3;w=60"#);
    }
    for path in ["/tree/branch/leaf", "/ours/here"] {
        let answer = fetch(server.addr, path, "").await;
        assert_eq!(
            (answer.status, told(&answer), answer.header("retry-after")),
            (429, (3, 0), "20"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn quotas_are_charged_together_or_not_at_all() {
    let (time, clock) = clock();
    let routes = Routes::new().route("/", get(async || "ok").public());
    let server =
        serve(stack().address_limit("2/minute fixed first-hit; 5/hour fixed first-hit").clock(clock), routes)
            .await;
    let ask = || async { fetch(server.addr, "/", "").await };
    for round in 0..2 {
        for _ in 0..2 {
            assert_eq!(ask().await.status, 200);
        }
        for _ in 0..5 {
            let refused = ask().await;
            assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
            // Nothing of the hour went with the refusals.
            let left = format!("\"address/hour\";r={};", 3 - 2 * round);
            assert!(refused.header("ratelimit").contains(&left), "{refused:?}");
        }
        time.advance(Duration::from_secs(60));
    }
    assert_eq!(ask().await.status, 200);
    // Both are used up or low: the longest wait, and the smallest fraction.
    let refused = ask().await;
    assert_eq!((refused.status, refused.header("retry-after"), told(&refused)), (429, "3480", (5, 0)));
    assert!(refused.header("ratelimit").contains("\"address/minute\";r=1;"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a233_two_hundred_streams_of_one_connection_are_two_hundred_requests() {
    let (_, clock) = clock();
    let routes = Routes::new().route("/", get(async || "ok").public());
    let server = serve(stack().address_limit("150/hour").clock(clock), routes).await;
    let socket = TcpStream::connect(server.addr).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
    let connection = tokio::spawn(connection);
    let streams = (0..200).map(|_| {
        let mut sender = sender.clone();
        async move {
            let request = Request::get("http://x/").body(Empty::<Bytes>::new()).unwrap();
            sender.ready().await.unwrap();
            sender.send_request(request).await.unwrap().status().as_u16()
        }
    });
    let statuses = join_all(streams).await;
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(429)), (150, 50));
    connection.abort();
}
