//! A dependency that fails, behind a breaker, behind the whole stack.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::{Json, Router, extract::State};
use palisade::{
    Breaker, Clock, Denial, Facts, ManualClock, Protected, UnixTime,
    limit::breaker::{BreakerLayer, BreakerSettings, BreakerState},
    routes::{Routes, get, post, public},
};
use serde_json::{Value, json};
use std::{
    future::pending,
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tests::{
    client::{get as request, request as request_with, send},
    server::{CANARY, Handled, Server, stack},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tower::Layer as _;

/// Something that a service depends on, and how it feels.
#[derive(Clone, Debug, Default)]
struct Quotes(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    mood: AtomicU8,
    asked: AtomicU64,
}

#[derive(Clone, Copy)]
enum Mood {
    Well,
    Broken,
    Hanging,
    Panicking,
}

impl Quotes {
    fn feel(&self, mood: Mood) {
        self.0.mood.store(mood as u8, SeqCst);
    }

    fn asked(&self) -> u64 {
        self.0.asked.load(SeqCst)
    }

    async fn ask(self) -> io::Result<&'static str> {
        self.0.asked.fetch_add(1, SeqCst);
        match self.0.mood.load(SeqCst) {
            mood if mood == Mood::Well as u8 => Ok("fresh"),
            mood if mood == Mood::Hanging as u8 => pending().await,
            mood if mood == Mood::Panicking as u8 => panic!("{CANARY}"),
            _ => Err(io::Error::other(CANARY)),
        }
    }
}

/// A service that depends on quotes in three ways.
struct Service {
    time: ManualClock,
    quotes: Quotes,
    breaker: Breaker,
    app: Protected,
}

fn service(settings: BreakerSettings) -> Service {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let breaker = Breaker::new("quotes", settings.clock(Clock::manual(&time))).unwrap();
    let quotes = Quotes::default();
    let state = (quotes.clone(), breaker.clone());
    let fallback = Router::new().fallback(async || "yesterday's");
    let behind = Router::new().fallback(async |State(quotes): State<Quotes>| raw(quotes.ask().await));
    let routes = Routes::new()
        .route("/guarded", get(guarded).public().guard(breaker.guard()))
        .route("/bodies", post(async |Json(_): Json<Value>| "read").public().guard(breaker.guard()))
        .route("/called", get(called).public())
        .route("/fallen-back", get(fallen_back).public())
        .with_state(state)
        .mount(
            "/mounted",
            public(),
            BreakerLayer::new(&breaker, fallback).layer(behind.with_state(quotes.clone())),
        );
    Service { time, quotes, breaker, app: stack().protect(routes).unwrap() }
}

type Parts = State<(Quotes, Breaker)>;

async fn guarded(State((quotes, _)): Parts, _: Facts) -> Result<&'static str, Denial> {
    raw(quotes.ask().await)
}

async fn called(State((quotes, breaker)): Parts) -> Result<&'static str, Denial> {
    Ok(breaker.call(|| quotes.ask()).await?)
}

async fn fallen_back(State((quotes, breaker)): Parts) -> &'static str {
    breaker.call_or(|| quotes.ask(), async |_| "yesterday's").await
}

fn raw(quote: io::Result<&'static str>) -> Result<&'static str, Denial> {
    quote.map_err(|error| Denial::new(palisade::DenialKind::Upstream).with_source(error))
}

fn five() -> BreakerSettings {
    BreakerSettings::consecutive(5)
}

async fn over_a_socket(server: &Server, path: &str) -> String {
    let mut socket = TcpStream::connect(server.addr).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(Duration::from_secs(30), socket.read_to_string(&mut text)).await.unwrap().unwrap();
    text
}

#[tokio::test]
async fn a294_a295_over_a_socket_it_opens_refuses_and_recovers() {
    let Service { time, quotes, breaker, app } = service(five());
    let server = Server::serve(app, Handled::default()).await;
    assert!(over_a_socket(&server, "/guarded").await.ends_with("fresh"));
    quotes.feel(Mood::Broken);
    for _ in 0..5 {
        let text = over_a_socket(&server, "/guarded").await;
        assert!(text.starts_with("HTTP/1.1 502 ") && !text.contains(CANARY), "{text}");
    }
    assert_eq!((breaker.state(), quotes.asked()), (BreakerState::Open, 6));

    time.advance(Duration::from_millis(18_500));
    for path in ["/guarded", "/called"] {
        let text = over_a_socket(&server, path).await;
        assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("\r\nretry-after: 42\r\n"), "{text}");
        let body: Value = serde_json::from_str(text.split("\r\n\r\n").last().unwrap()).unwrap();
        let error = json!({
            "code": "SERVICE_UNAVAILABLE",
            "message": "Service temporarily unavailable",
            "details": { "kind": "circuit_open" },
        });
        assert_eq!(body["error"], error);
    }
    assert_eq!(quotes.asked(), 6, "nobody bothers what does not work");

    quotes.feel(Mood::Well);
    time.advance(Duration::from_secs(42));
    assert!(over_a_socket(&server, "/guarded").await.ends_with("fresh"));
    assert_eq!(breaker.state(), BreakerState::Closed);
    assert!(over_a_socket(&server, "/called").await.ends_with("fresh"));
}

#[tokio::test]
async fn fallbacks_answer_while_it_is_open() {
    let Service { time, quotes, app, .. } = service(five());
    quotes.feel(Mood::Broken);
    for _ in 0..5 {
        assert_eq!(send(&app, request("/mounted/x")).await.status, 502);
    }
    for path in ["/mounted/x", "/fallen-back"] {
        let answer = send(&app, request(path)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (200, &b"yesterday's"[..]), "{path}");
    }
    assert_eq!(quotes.asked(), 5);
    quotes.feel(Mood::Well);
    time.advance(Duration::from_secs(60));
    assert_eq!(send(&app, request("/fallen-back")).await.body, "fresh");
    assert_eq!(send(&app, request("/mounted/x")).await.body, "fresh");
}

#[tokio::test]
async fn a299_a_panic_that_the_stack_catches_is_a_failure() {
    for path in ["/guarded", "/called", "/fallen-back", "/mounted/x"] {
        let Service { quotes, breaker, app, .. } = service(five());
        quotes.feel(Mood::Panicking);
        for _ in 0..5 {
            let answer = send(&app, request(path)).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (500, "INTERNAL_ERROR"), "{path}");
        }
        assert_eq!(breaker.state(), BreakerState::Open, "{path}");
    }
}

#[tokio::test]
async fn a301_bad_bodies_open_nothing() {
    let Service { breaker, app, .. } = service(five().failure_rate(1));
    for _ in 0..1_000 {
        let mut bad = request_with(http::Method::POST, "/bodies");
        bad.headers_mut().insert("content-type", "application/json".parse().unwrap());
        *bad.body_mut() = "{".into();
        assert_eq!(send(&app, bad).await.status, 400);
    }
    assert_eq!((breaker.state(), breaker.snapshot().calls), (BreakerState::Closed, 0));
}

#[tokio::test]
async fn a297_a_client_that_hangs_up_gives_the_probe_back() {
    let Service { time, quotes, breaker, app } = service(five().probe_deadline(Duration::from_secs(3_600)));
    let server = Server::serve(app, Handled::default()).await;
    quotes.feel(Mood::Broken);
    for _ in 0..5 {
        over_a_socket(&server, "/guarded").await;
    }
    time.advance(Duration::from_secs(60));
    quotes.feel(Mood::Hanging);
    let mut socket = TcpStream::connect(server.addr).await.unwrap();
    socket.write_all(b"GET /guarded HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    until(|| breaker.snapshot().probes == 1).await;
    assert!(over_a_socket(&server, "/guarded").await.starts_with("HTTP/1.1 503 "));
    drop(socket);
    until(|| breaker.snapshot().probes == 0).await;
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    quotes.feel(Mood::Well);
    assert!(over_a_socket(&server, "/guarded").await.ends_with("fresh"));
    assert_eq!(breaker.state(), BreakerState::Closed);
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to that within 30 s");
}

#[tokio::test]
async fn a_route_that_only_reports_is_not_refused() {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let breaker = Breaker::new("quotes", five().clock(Clock::manual(&time))).unwrap();
    breaker.force_open();
    let handler = get(async || "fresh").public().guard(breaker.guard()).report_only();
    let app = stack().protect(Routes::new().route("/guarded", handler)).unwrap();
    assert_eq!(send(&app, request("/guarded")).await.body, "fresh");
    assert_eq!(breaker.snapshot().calls, 0);
}
