//! When a slot is given back.

use super::*;
use bytes::Bytes;
use http_body::{Body, Frame};
use palisade_core::guard_fn;
use std::{
    future::{Future as _, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

/// Waits once.
async fn wait() {
    let mut waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn a311_a312_cancelled_at_any_poll_nothing_stays_counted() {
    let (limit, plan) = (streams(1), RateLimit::new("plan", "1000/minute", By::everyone()).unwrap());
    // The handler keeps the facts in a place that outlives the request: a task that it started, a log.
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let handler = service_fn(move |request: Request<()>| {
        keep.lock().unwrap().extend(Facts::of(request.extensions()).cloned());
        async {
            for _ in 0..4 {
                wait().await;
            }
            Ok::<_, Infallible>(Response::new(String::from("done")))
        }
    });
    let service = worded(gate(plan.then(later()).then(limit.clone()))).layer(handler);
    let mut cx = Context::from_waker(Waker::noop());
    for polls in 0..=5 {
        {
            let mut future = pin!(service.clone().oneshot(request()));
            for _ in 0..polls {
                assert!(future.as_mut().poll(&mut cx).is_pending(), "{polls}");
            }
        }
        assert_eq!((limit.in_flight(), limit.keys()), (0, 0), "{polls}");
    }
    let response = run(service.oneshot(request())).unwrap();
    assert_eq!(limit.in_flight(), 1);
    // Six were cancelled, the first before it was called, the second before it was handled. Each was charged once.
    assert_eq!(response.headers()["ratelimit"], r#""plan";r=994;t=1, "streams";r=0"#);
    drop(response);
    assert_eq!((limit.in_flight(), kept.lock().unwrap().len()), (0, 5));
}

/// A guard that answers on the second poll.
fn later() -> impl Guard<Pass = ()> {
    struct Later;
    impl Guard for Later {
        type Pass = ();
        fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
            Reply::later(async {
                wait().await;
                Ok(())
            })
        }
    }
    Later
}

#[test]
fn a_refusal_by_a_later_guard_and_a_failing_service_give_it_back() {
    let limit = streams(1);
    let refuse = guard_fn(|_, _| Err(Denial::new(DenialKind::Forbidden)));
    for _ in 0..3 {
        let refused = ask(gate(limit.clone().then(refuse)), request());
        assert_eq!((refused.status().as_u16(), limit.in_flight()), (403, 1));
        assert!(read(refused).contains("PERMISSION_DENIED"));
        assert_eq!(limit.in_flight(), 0);
    }
    let fails = service_fn(|_: Request<()>| async { Err::<Response<String>, _>("broken") });
    let service = worded(gate(limit.clone())).layer(fails);
    for _ in 0..3 {
        assert!(run(service.clone().oneshot(request())).is_err());
        assert_eq!(limit.in_flight(), 0);
    }
}

#[test]
fn a316_a_panic_of_the_handler_gives_it_back() {
    let limit = streams(1);
    let panics = service_fn(|_: Request<()>| async {
        wait().await;
        if true {
            panic!("of the handler");
        }
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let service = worded(gate(limit.clone())).layer(panics);
    for _ in 0..3 {
        let service = service.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| run(service.oneshot(request())))).is_err());
        assert_eq!(limit.in_flight(), 0);
    }
}

/// A body of chunks, the last of which may be a failure.
#[derive(Default)]
struct Chunks(Vec<Result<&'static str, &'static str>>);

impl Body for Chunks {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let next = if self.0.is_empty() { None } else { Some(self.0.remove(0)) };
        Poll::Ready(next.map(|chunk| chunk.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))))
    }
}

#[test]
fn a313_a_body_that_is_dropped_early_or_never_read_or_fails_gives_it_back() {
    let limit = streams(1);
    let send = |chunks: Vec<Result<&'static str, &'static str>>| {
        let handler = service_fn(move |_: Request<()>| {
            let body = Chunks(chunks.clone());
            async { Ok::<_, Infallible>(Response::new(body)) }
        });
        let service = worded(gate(limit.clone())).layer(handler);
        run(service.oneshot(request())).unwrap().into_body()
    };
    let frame = |body: &mut TailBody<Chunks>| run(body.frame()).map(|frame| frame.is_ok());
    // Read to its end, or to its failure, it is over although it still lies around.
    let mut ended = send(vec![Ok("one")]);
    assert_eq!((frame(&mut ended), limit.in_flight()), (Some(true), 1));
    assert_eq!((frame(&mut ended), limit.in_flight()), (None, 0));
    let mut failed = send(vec![Ok("one"), Err("broken"), Ok("never")]);
    assert_eq!((frame(&mut failed), limit.in_flight()), (Some(true), 1));
    assert_eq!((frame(&mut failed), limit.in_flight()), (Some(false), 0));
    for frames in 0..2 {
        let mut dropped = send(vec![Ok("one"), Ok("two"), Ok("three")]);
        for _ in 0..frames {
            assert_eq!(frame(&mut dropped), Some(true));
        }
        assert_eq!(limit.in_flight(), 1);
        drop(dropped);
        assert_eq!(limit.in_flight(), 0);
    }
}

#[test]
fn without_an_envelope_it_ends_with_the_head() {
    let limit = streams(1);
    let watch = limit.clone();
    let handler = service_fn(move |_: Request<()>| {
        let seen = watch.in_flight();
        async move { Ok::<_, Infallible>(Response::new(seen.to_string())) }
    });
    let response = run(gate(limit.clone()).layer(handler).oneshot(request())).unwrap();
    assert_eq!((response.body().as_str(), limit.in_flight()), ("1", 0));
}

#[test]
fn a_share_keeps_it_after_the_response() {
    let limit = streams(1);
    let shares = Arc::new(Mutex::new(Vec::new()));
    let keep = shares.clone();
    let handler = service_fn(move |request: Request<()>| {
        keep.lock().unwrap().extend(Facts::of(request.extensions()).map(Facts::in_flight));
        async { Ok::<_, Infallible>(Response::new(String::from("done"))) }
    });
    let service = worded(gate(limit.clone())).layer(handler);
    let response = run(service.clone().oneshot(request())).unwrap();
    assert_eq!(read(response), "done");
    assert_eq!((limit.in_flight(), shares.lock().unwrap()[0].permits()), (1, 1));
    assert_eq!(run(service.clone().oneshot(request())).unwrap().status(), 429);
    shares.lock().unwrap().clear();
    assert_eq!(limit.in_flight(), 0);
    // Dropped before the response is over, it gives nothing back early.
    let response = run(service.oneshot(request())).unwrap();
    shares.lock().unwrap().clear();
    assert_eq!(limit.in_flight(), 1);
    drop(response);
    assert_eq!(limit.in_flight(), 0);
}
