//! The guard, one request after another.

mod headers;
mod lasting;
mod table;

use super::*;
use crate::{rate_limit::RateLimit, suite::run};
use http::{HeaderMap, HeaderName, Request, Response};
use http_body_util::BodyExt as _;
use palisade_core::{
    Chain, Clock, Envelope, Event, Format, GateLayer, ManualClock, TailBody, UnixTime, gate,
};
use std::{convert::Infallible, sync::Mutex};
use tower::{Layer, ServiceExt, service_fn};

const EPOCH: u64 = 1_700_000_000;

fn streams(limit: u32) -> Concurrency {
    Concurrency::new("streams", limit, By::everyone()).unwrap()
}

fn by_tenant(limit: u32) -> Concurrency {
    Concurrency::new("streams", limit, By::header(HeaderName::from_static("x-tenant"))).unwrap()
}

fn request() -> Request<()> {
    Request::new(())
}

fn of(tenant: &str) -> Request<()> {
    Request::builder().header("x-tenant", tenant).body(()).unwrap()
}

fn clock() -> Clock {
    Clock::manual(&ManualClock::new(UnixTime::from_secs(EPOCH)))
}

/// The gate at a clock that stands still, with words for its refusals.
fn worded<C: Chain>(gate: GateLayer<C>) -> GateLayer<C, Envelope> {
    gate.clock(clock()).with_envelope(Envelope::new(Format::Json))
}

/// A handler that answers with a word and knows better about headers, behind the gate and an envelope.
fn ask<C: Chain>(gate: GateLayer<C>, request: Request<()>) -> Response<TailBody<String>> {
    let handler = service_fn(|_: Request<()>| async {
        let response = Response::builder().header("x-ratelimit-reset", "7").header("ratelimit", "mine");
        Ok::<_, Infallible>(response.body(String::from("done")).unwrap())
    });
    run(worded(gate).layer(handler).oneshot(request)).unwrap()
}

/// The body, to its end.
fn read(response: Response<TailBody<String>>) -> String {
    let body = run(response.into_body().collect()).unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn a_request_is_in_flight_until_its_body_is_over() {
    let limit = streams(2);
    let one = ask(gate(limit.clone()), request());
    let two = ask(gate(limit.clone()), request());
    assert_eq!((limit.in_flight(), limit.keys()), (2, 1));
    let refused = ask(gate(limit.clone()), request());
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(
        read(refused),
        r#"{"error":{"code":"RATE_LIMITED","message":"Rate limit exceeded","details":{"kind":"concurrent_requests","limit":2,"policy":"streams","remaining":0,"retry_after":1}}}"#
    );
    assert_eq!(read(one), "done");
    assert_eq!(limit.in_flight(), 1);
    let three = ask(gate(limit.clone()), request());
    assert_eq!((three.status().as_u16(), limit.in_flight()), (200, 2));
    drop((two, three));
    assert_eq!((limit.in_flight(), limit.keys()), (0, 0));
}

#[test]
fn each_key_has_its_own_and_a_missing_one_is_503() {
    let limit = by_tenant(1);
    let a = ask(gate(limit.clone()), of("a"));
    let b = ask(gate(limit.clone()), of("b"));
    assert_eq!((a.status().as_u16(), b.status().as_u16()), (200, 200));
    assert_eq!(ask(gate(limit.clone()), of("a")).status(), 429);
    assert_eq!(ask(gate(limit.clone()), request()).status(), 503);
    assert_eq!((limit.in_flight(), limit.keys()), (2, 2));
    drop(a);
    assert_eq!(ask(gate(limit.clone()), of("a")).status(), 200);
    drop(b);
    assert_eq!(limit.in_flight(), 0);
}

#[test]
fn a219_twice_is_once() {
    let limit = streams(1);
    let twice = gate(limit.clone().then(limit.clone()));
    let first = ask(twice.clone(), request());
    assert_eq!((first.status().as_u16(), limit.in_flight()), (200, 1));
    assert_eq!(ask(twice, request()).status(), 429);
    drop(first);
    assert_eq!(limit.in_flight(), 0);
}

#[test]
fn report_only_decides_and_records_and_leaks_nothing() {
    let limit = streams(1);
    let reporting = || gate(limit.clone()).report_only().expose_facts();
    let would = |response: &Response<_>| {
        let facts = Facts::of(response.extensions()).unwrap();
        (facts.would_deny().map(Denial::reason).collect::<Vec<_>>(), facts.decisions().count())
    };
    let first = ask(reporting(), request());
    let second = ask(reporting(), request());
    assert_eq!((second.status().as_u16(), limit.in_flight()), (200, 1));
    assert_eq!((would(&first), would(&second)), ((vec![], 1), (vec!["too_many_in_flight"], 1)));
    drop(second);
    assert_eq!(limit.in_flight(), 1);
    drop(first);
    assert_eq!(limit.in_flight(), 0);
}

#[test]
fn a209_when_it_is_full_new_keys_are_refused_and_old_ones_notice_nothing() {
    #[derive(Clone, Debug, Default)]
    struct Heard(Arc<Mutex<Vec<Event>>>);
    impl EventSink for Heard {
        fn emit(&self, event: &Event) {
            self.0.lock().unwrap().push(event.clone());
        }
    }
    let heard = Heard::default();
    let limit = by_tenant(2).capacity(2).unwrap().events(heard.clone());
    let (a, _b) = (ask(gate(limit.clone()), of("a")), ask(gate(limit.clone()), of("b")));
    for tenant in ["c", "d", "c"] {
        let refused = ask(gate(limit.clone()), of(tenant));
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        assert!(read(refused).contains(r#""kind":"limiter_unavailable""#));
    }
    assert_eq!(*heard.0.lock().unwrap(), [Event::ConcurrencyFull { capacity: 2 }]);
    assert_eq!(ask(gate(limit.clone()), of("a")).status(), 200);
    drop(a);
    assert_eq!(ask(gate(limit.clone()), of("c")).status(), 200);
}

#[test]
fn mistakes_are_told() {
    let kind = |made: Result<Concurrency, LimitError>| made.unwrap_err().kind();
    assert_eq!(kind(Concurrency::new("", 1, By::client())), LimitErrorKind::Name);
    assert_eq!(kind(Concurrency::new("a\"", 1, By::client())), LimitErrorKind::Name);
    assert_eq!(kind(Concurrency::new("a", 0, By::client())), LimitErrorKind::InFlight);
    assert_eq!(kind(Concurrency::new("a", 1_000_001, By::client())), LimitErrorKind::InFlight);
    assert_eq!(kind(streams(1).capacity(0)), LimitErrorKind::Capacity);
    assert_eq!(kind(streams(1).capacity(20_000_001)), LimitErrorKind::Capacity);
    assert!(streams(1_000_000).capacity(20_000_000).is_ok());
    let text = Concurrency::new("a", 0, By::client()).unwrap_err().to_string();
    assert_eq!(text, "a limit on requests in flight is 1 to 1000000");
}
