//! In a gate.

use super::*;
use futures_util::FutureExt as _;
use http::{Request, Response};
use palisade_core::{Denial, DenialKind, Guard as _, gate, guard_fn};
use std::{
    convert::Infallible,
    future::pending,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    task::{Context, Waker},
};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

/// Answers with the status that a request asks for; 0 never answers, 1 panics.
fn service(
    bench: &Bench,
    asked: &Arc<AtomicUsize>,
) -> impl Service<Request<u16>, Response = Response<String>, Error = Infallible, Future: Send> + Clone + use<>
{
    let asked = asked.clone();
    gate(bench.breaker.guard()).layer(service_fn(move |request: Request<u16>| {
        let asked = asked.clone();
        async move {
            asked.fetch_add(1, SeqCst);
            tokio::task::yield_now().await;
            match *request.body() {
                0 => pending().await,
                1 => panic!("on purpose"),
                status => Ok(Response::builder().status(status).body(String::new()).unwrap()),
            }
        }
    }))
}

#[tokio::test]
async fn a295_open_it_answers_503_and_nothing_behind_it_is_asked() {
    let (bench, asked) = (bench(BreakerSettings::consecutive(3)), Arc::default());
    let service = service(&bench, &asked);
    for (status, expected) in [(500, 500), (502, 502), (504, 504), (200, 503), (200, 503)] {
        let response = service.clone().oneshot(Request::new(status)).await.unwrap();
        assert_eq!(response.status().as_u16(), expected);
        if expected == 503 {
            assert_eq!(response.headers()["retry-after"], "60");
        }
    }
    assert_eq!(asked.load(SeqCst), 3);
    bench.seconds(60);
    assert_eq!(service.oneshot(Request::new(200)).await.unwrap().status().as_u16(), 200);
    assert_eq!(bench.state(), BreakerState::Closed);
}

#[tokio::test]
async fn a301_strangers_cannot_open_it() {
    let (bench, asked) = (bench(BreakerSettings::consecutive(3).failure_rate(1)), Arc::default());
    let service = service(&bench, &asked);
    for n in 0..10_000 {
        let status = [400, 401, 404, 413, 422, 429][n % 6];
        assert_eq!(service.clone().oneshot(Request::new(status)).await.unwrap().status().as_u16(), status);
        let mut gone = pin!(service.clone().oneshot(Request::new(0)));
        for _ in 0..3 {
            assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    }
    assert_eq!(asked.load(SeqCst), 20_000);
    assert_eq!((bench.state(), bench.breaker.snapshot().calls), (BreakerState::Closed, 0));
}

#[tokio::test]
async fn a299_a_panic_behind_a_gate_is_a_failure_although_it_is_caught_outside() {
    let (bench, asked) = (bench(BreakerSettings::consecutive(1)), Arc::default());
    let service = service(&bench, &asked);
    let mut call = Box::pin(AssertUnwindSafe(service.oneshot(Request::new(1))).catch_unwind());
    assert!((&mut call).await.is_err());
    // The future still lives: it is not its end that tells.
    assert_eq!(bench.told.words(), ["open consecutive_failures"]);
    drop(call);
}

#[tokio::test]
async fn a297_a299_probes_through_a_gate_give_their_place_back() {
    let (bench, asked) = (bench(plain()).half_open(), Arc::default());
    let service = service(&bench, &asked);
    for status in [401, 404, 400] {
        assert_eq!(service.clone().oneshot(Request::new(status)).await.unwrap().status().as_u16(), status);
    }
    {
        let mut gone = pin!(service.clone().oneshot(Request::new(0)));
        assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(service.clone().oneshot(Request::new(200)).await.unwrap().status().as_u16(), 503);
    }
    for _ in 0..3 {
        assert_eq!(service.clone().oneshot(Request::new(200)).await.unwrap().status().as_u16(), 200);
    }
    assert_eq!(bench.state(), BreakerState::Closed);
}

#[tokio::test]
async fn what_a_later_guard_refuses_says_nothing_about_what_stands_behind() {
    let bench = bench(BreakerSettings::consecutive(1));
    let closed = guard_fn(|_, _| Err(Denial::new(DenialKind::Unavailable)));
    let service = gate(bench.breaker.guard().then(closed))
        .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new()))));
    for _ in 0..10 {
        assert_eq!(service.clone().oneshot(Request::new(())).await.unwrap().status().as_u16(), 503);
    }
    assert_eq!((bench.state(), bench.breaker.snapshot().calls), (BreakerState::Closed, 0));
}

#[tokio::test]
async fn a_status_means_what_the_route_says() {
    let bench = bench(BreakerSettings::consecutive(1));
    let guard = bench
        .breaker
        .guard()
        .classify(|status| if status == 429 { CallOutcome::Failure } else { CallOutcome::Success });
    let service = gate(guard).layer(service_fn(async |request: Request<u16>| {
        Ok::<_, Infallible>(Response::builder().status(*request.body()).body(String::new()).unwrap())
    }));
    service.clone().oneshot(Request::new(500)).await.unwrap();
    assert_eq!(bench.state(), BreakerState::Closed);
    service.oneshot(Request::new(429)).await.unwrap();
    assert_eq!(bench.state(), BreakerState::Open);
}

#[tokio::test]
async fn a304_slow_is_the_time_to_the_head() {
    let bench = bench(plain().min_calls(2));
    let time = bench.time.clone();
    let service = gate(bench.breaker.guard()).layer(service_fn(move |_: Request<()>| {
        time.advance(Duration::from_millis(1_500));
        async { Ok::<_, Infallible>(Response::new(String::new())) }
    }));
    service.clone().oneshot(Request::new(())).await.unwrap();
    service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(bench.told.words(), ["open slow_calls"]);
}
