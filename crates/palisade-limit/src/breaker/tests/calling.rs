//! Around futures and services.

use super::*;
use crate::breaker::{BreakerLayer, CallError};
use http::{Request, Response};
use palisade_core::{Denial, DenialKind};
use std::{
    cell::Cell,
    convert::Infallible,
    future::{pending, ready},
    io,
    panic::AssertUnwindSafe,
    pin::pin,
    task::{Context, Waker},
};
use tower::{Layer as _, ServiceExt as _, service_fn};

fn broken() -> io::Error {
    io::Error::other("broken")
}

#[tokio::test]
async fn a295_an_open_breaker_does_not_even_make_the_call() {
    let bench = bench(BreakerSettings::consecutive(3));
    let made = Cell::new(0);
    for _ in 0..10 {
        let work = || {
            made.set(made.get() + 1);
            ready(Err::<(), _>(broken()))
        };
        assert!(bench.breaker.call(work).await.is_err());
    }
    assert_eq!(made.get(), 3);
    let refused = bench.breaker.call(|| ready(Ok::<_, io::Error>(1))).await.unwrap_err();
    let denial = Denial::from(refused);
    assert_eq!((denial.kind(), denial.retry_after_seconds()), (DenialKind::Unavailable, Some(60)));
}

#[tokio::test]
async fn results_and_errors_come_through() {
    let bench = bench(plain());
    assert_eq!(bench.breaker.call(|| ready(Ok::<_, io::Error>(7))).await.unwrap(), 7);
    let error = bench.breaker.call(|| ready(Err::<(), _>(broken()))).await.unwrap_err();
    assert!(matches!(&error, CallError::Failed(error) if error.to_string() == "broken"), "{error:?}");
    let denial = Denial::from(error);
    assert_eq!((denial.kind(), denial.reason()), (DenialKind::Upstream, "upstream_failed"));
    let (calls, failures) = (bench.breaker.snapshot().calls, bench.breaker.snapshot().failures);
    assert_eq!((calls, failures), (2, 1));
}

#[tokio::test]
async fn a_fallback_answers_for_failures_and_refusals() {
    let bench = bench(BreakerSettings::consecutive(1));
    let ask = async |works: bool| {
        let work = || ready(if works { Ok("fresh") } else { Err(broken()) });
        let fallback = |error| {
            ready(match error {
                CallError::Refused(_) => "refused",
                CallError::Failed(_) => "failed",
            })
        };
        bench.breaker.call_or(work, fallback).await
    };
    assert_eq!([ask(true).await, ask(false).await, ask(true).await], ["fresh", "failed", "refused"]);
    bench.seconds(60);
    assert_eq!([ask(true).await, ask(true).await], ["fresh", "fresh"]);
}

#[tokio::test]
async fn results_mean_what_the_caller_says() {
    let bench = bench(BreakerSettings::consecutive(1));
    let breaker = bench.breaker.classify(|result: &Result<u16, io::Error>| match result {
        Ok(500..) => CallOutcome::Failure,
        Ok(_) => CallOutcome::Success,
        Err(_) => CallOutcome::Neither,
    });
    assert!(breaker.call(|| ready(Err(broken()))).await.is_err());
    assert_eq!(bench.state(), BreakerState::Closed);
    assert_eq!(breaker.call(|| ready(Ok(503))).await.unwrap(), 503);
    assert_eq!(breaker.breaker().state(), BreakerState::Open);
    assert_eq!(breaker.call_or(|| ready(Ok(200)), |_| ready(0)).await, 0);
}

#[tokio::test]
async fn a297_a301_a_dropped_call_counts_as_neither() {
    let bench = bench(plain());
    let mut context = Context::from_waker(Waker::noop());
    let start_and_drop = |times: usize| {
        for _ in 0..times {
            let mut call = pin!(bench.breaker.call(pending::<Result<(), io::Error>>));
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    };
    start_and_drop(10_000);
    assert_eq!((bench.state(), bench.breaker.snapshot().calls), (BreakerState::Closed, 0));
    // A future that is dropped before it is polled has not even asked.
    drop(bench.breaker.call(pending::<Result<(), io::Error>>));
    let bench = super::bench(plain()).half_open();
    {
        let mut probe = pin!(bench.breaker.call(pending::<Result<(), io::Error>>));
        assert!(probe.as_mut().poll(&mut context).is_pending());
        assert!(bench.is_refused());
    }
    assert!(!bench.is_refused());
}

#[tokio::test]
async fn a299_a_call_that_panics_has_failed() {
    use futures_util::FutureExt as _;
    let bench = bench(BreakerSettings::consecutive(1));
    let panics = async || -> Result<(), io::Error> { panic!("on purpose") };
    assert!(AssertUnwindSafe(bench.breaker.call(panics)).catch_unwind().await.is_err());
    assert_eq!(bench.told.words(), ["open consecutive_failures"]);
}

#[tokio::test]
async fn a_service_falls_back_to_another_while_it_is_open() {
    let bench = bench(BreakerSettings::consecutive(2));
    let inner = service_fn(async |request: Request<u16>| {
        Ok::<_, Infallible>(Response::builder().status(*request.body()).body("inner").unwrap())
    });
    let fallback = service_fn(async |request: Request<u16>| {
        let denial: &Denial = request.extensions().get().unwrap();
        assert_eq!(denial.reason(), "circuit_open");
        Ok::<_, Infallible>(Response::new("fallback"))
    });
    let service = BreakerLayer::new(&bench.breaker, fallback).layer(inner);
    let ask = async |status: u16| {
        let response = service.clone().oneshot(Request::new(status)).await.unwrap();
        (response.status().as_u16(), response.into_body())
    };
    for status in [500, 200, 503, 404] {
        assert_eq!(ask(status).await, (status, "inner"));
    }
    assert_eq!(ask(502).await, (502, "inner"));
    assert_eq!(ask(200).await, (200, "fallback"));
    bench.seconds(60);
    assert_eq!(ask(200).await, (200, "inner"));
    assert_eq!(bench.state(), BreakerState::Closed);
}
