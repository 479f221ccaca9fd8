//! What holds around all routes.

use super::{app, stack, with};
use palisade::{
    Authenticate, Clock, DRAIN, Decision, Denial, DenialKind, Facts, ManualClock, Mode, Policy, Scope,
    ScopeSet, Timestamp, UnixTime, gate,
    routes::{Routes, get, public},
};
use std::{collections::HashSet, convert::Infallible, time::Duration};
use tests::{
    client::{get as read, send, with_token},
    server::{TOKEN, tokens},
};
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceExt as _, service_fn};

#[tokio::test]
async fn heads_are_64_lines() {
    let app = app(stack());
    for (lines, expected) in [(64, 200), (65, 431)] {
        let request = (0..lines).fold(read("/healthz"), |request, _| with(request, "x", "y"));
        assert_eq!(send(&app, request).await.status, expected, "{lines}");
    }
}

#[tokio::test]
async fn heads_are_16_kib() {
    let app = app(stack());
    for (bytes, expected) in [(16 * 1024, 200), (16 * 1024 + 1, 431)] {
        // Two lines, whose names count too.
        let request = with(read("/healthz"), "name", &"v".repeat(bytes - "name".len() - "x".len()));
        assert_eq!(send(&app, with(request, "x", "")).await.status, expected, "{bytes}");
    }
}

#[tokio::test]
async fn gates_enforce() {
    assert_eq!(Mode::default(), Mode::Enforce);
    for (stack, expected) in [(stack(), 401), (stack().report_only(), 200)] {
        assert_eq!(send(&app(stack), read("/v1/models")).await.status, expected);
    }
    let closed = || gate(Authenticate::with(tokens()));
    for (layer, expected) in
        [(closed(), 401), (closed().report_only(), 200), (closed().report_everything(), 200)]
    {
        let service =
            layer.layer(service_fn(async |_| Ok::<_, Infallible>(http::Response::new(String::new()))));
        assert_eq!(service.oneshot(http::Request::new(())).await.unwrap().status(), expected);
    }
}

#[tokio::test]
async fn facts_stay_inside() {
    for (stack, shown) in [(stack(), false), (stack().expose_facts(), true)] {
        let app = app(stack);
        for path in ["/healthz", "/v1/models", "/nowhere"] {
            let response = app.clone().oneshot(read(path)).await.unwrap();
            assert_eq!(Facts::of(response.extensions()).is_some(), shown, "{path}");
        }
    }
}

#[test]
fn facts_are_bounded() {
    let facts = Facts::new(Clock::system());
    let decision = Decision {
        admitted: true,
        limit: 1,
        remaining: 1,
        reset: Timestamp::default(),
        next: Timestamp::default(),
        retry: None,
    };
    for _ in 0..30 {
        facts.note_decision(&Policy::new("address", "\"address\";q=1;w=1"), decision);
        facts.report(&Denial::new(DenialKind::Forbidden));
    }
    assert_eq!((facts.decisions().count(), facts.would_deny().count()), (24, 4));
}

#[tokio::test]
async fn requests_are_named_by_us() {
    let route = get(async |facts: Facts| facts.request_id().to_string()).public();
    let app = stack().protect(Routes::new().route("/", route)).unwrap();
    let mut names = HashSet::new();
    for _ in 0..100 {
        let answer = send(&app, with(read("/"), "x-request-id", "ours\" level=\"ERROR")).await;
        let name = answer.header("x-request-id").to_owned();
        assert_eq!(answer.body, name);
        // A version 4 UUID: 122 bits of it are random, and the rest says so.
        let lengths: Vec<_> = name.split('-').map(str::len).collect();
        assert_eq!((lengths, name.as_bytes()[14]), (vec![8, 4, 4, 4, 12], b'4'), "{name}");
        assert!(names.insert(name));
    }
}

#[tokio::test]
async fn requests_have_one_moment() {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let hands = time.clone();
    let route = get(async move |facts: Facts| {
        let first = facts.now();
        hands.advance(Duration::from_secs(1));
        format!("{} {}", first == facts.now(), first == facts.clock().now())
    });
    let stack = stack().clock(Clock::manual(&time));
    let app = stack.protect(Routes::new().route("/", route.public())).unwrap();
    assert_eq!(send(&app, read("/")).await.body, "true false");
}

#[tokio::test]
async fn wall_clock_steps_decide_nothing() {
    for quota in ["2/minute", "2/minute fixed", "2/minute fixed epoch"] {
        let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
        let app = app(stack().address_limit(quota).clock(Clock::manual(&time)));
        let mut statuses = Vec::new();
        for hour in [1_704_067_200, 1_704_070_800, 1_704_063_600, 0] {
            time.set_wall(UnixTime::from_secs(hour));
            statuses.push(send(&app, read("/healthz")).await.status.as_u16());
        }
        assert_eq!(statuses, [200, 200, 429, 429], "{quota}");
    }
}

#[tokio::test]
async fn draining_takes_30_seconds() {
    assert_eq!(DRAIN, Duration::from_secs(30));
    // At most: who has nothing in flight waits for nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = palisade::serve_until(listener, app(stack()), async {});
    tokio::time::timeout(Duration::from_secs(5), served).await.unwrap().unwrap();
}

#[test]
fn scopes_are_128_bytes() {
    for (length, fits) in [(0, false), (1, true), (128, true), (129, false)] {
        assert_eq!("x".repeat(length).parse::<Scope>().is_ok(), fits, "{length}");
    }
    for byte in 0..=0x7f_u8 {
        let fits = matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert_eq!(char::from(byte).to_string().parse::<Scope>().is_ok(), fits, "{byte:#x}");
    }
    assert!("\u{e9}".parse::<Scope>().is_err());
    // Compared exactly.
    let held: ScopeSet = "read_models".parse().unwrap();
    for (scope, is_held) in [("read_models", true), ("Read_Models", false), ("read", false), ("*", false)] {
        assert_eq!(held.contains(&Scope::from_static(scope)), is_held, "{scope}");
    }
    let everything: ScopeSet = "*".parse().unwrap();
    assert!(!everything.contains(&Scope::from_static("read_models")));
}

#[test]
fn heads_take_10_seconds() {
    assert_eq!(palisade::HEAD_TIME, Duration::from_secs(10));
}

#[test]
fn connections_are_10000_and_the_next_ones_wait() {
    assert_eq!(palisade::CONNECTIONS, 10_000);
}

#[test]
fn connections_take_a_byte_in_30_seconds() {
    assert_eq!(palisade::WRITE_TIME, Duration::from_secs(30));
}

#[test]
fn connections_of_http_2_ask_for_something_in_60_seconds() {
    assert_eq!(palisade::IDLE_TIME, Duration::from_secs(60));
}

#[test]
fn places_of_responses_that_nobody_reads_go_after_30_seconds() {
    assert_eq!(palisade::Overload::UNREAD, Duration::from_secs(30));
}

#[tokio::test]
async fn requests_say_once_whom_they_are_for() {
    let app = app(stack());
    for (hosts, expected) in
        [(&[][..], 200), (&["x"], 200), (&["x", "x"], 400), (&["a b"], 400), (&[""], 400)]
    {
        let request = hosts.iter().fold(read("/healthz"), |request, host| with(request, "host", host));
        assert_eq!(send(&app, request).await.status, expected, "{hosts:?}");
    }
}

#[tokio::test]
async fn stacks_do_not_nest() {
    let inner = app(stack());
    let outer = stack().protect(Routes::new().mount("/inner", public(), inner)).unwrap();
    assert_eq!(send(&outer, with_token(read("/inner/v1/models"), TOKEN)).await.status, 500);
}

#[tokio::test]
async fn grpc_is_post_over_http_2() {
    let app = app(stack());
    let mut plain = read("/v1/models");
    plain.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    assert_eq!(send(&app, plain).await.status, 401);
}
