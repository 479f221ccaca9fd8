//! What is held for a request ends with it, whoever keeps its facts.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use palisade_core::{EnvelopeLayer, Facts, InFlight, gate, guard_fn};
use std::{
    future::{Future, pending, ready},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Waker},
};
use tower::{Layer, Service, ServiceExt, service_fn};

struct Permit(Arc<AtomicUsize>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

type Kept = Arc<Mutex<Vec<(Facts, Option<InFlight>)>>>;

/// A guard that holds a permit, around a handler that keeps the facts, and a share if it is to.
fn service<F>(
    open: &Arc<AtomicUsize>,
    kept: &Kept,
    share: bool,
    answer: impl Fn() -> F + Clone,
) -> impl Service<Request<()>, Response = Response<impl Sized>, Error = &'static str> + Clone
where
    F: Future<Output = Result<Response<Full<Bytes>>, &'static str>> + Send,
{
    let (open, kept) = (open.clone(), kept.clone());
    let handler = service_fn(move |request: Request<()>| {
        let facts = Facts::of(request.extensions()).unwrap();
        kept.lock().unwrap().push((facts.clone(), share.then(|| facts.in_flight())));
        answer()
    });
    let guard = guard_fn(move |_, facts| {
        open.fetch_add(1, SeqCst);
        facts.hold(Permit(open.clone()));
        assert!(facts.holds(|permit: &Permit| Arc::ptr_eq(&permit.0, &open)));
        assert!(!facts.holds(|_: &u8| true));
        Ok(())
    });
    EnvelopeLayer::json().layer(gate(guard).layer(handler))
}

#[test]
fn a312_cancelled_or_failed_it_is_released_although_the_facts_are_kept() {
    let (open, kept) = (Arc::default(), Kept::default());
    let mut cx = Context::from_waker(Waker::noop());
    {
        let mut future = pin!(service(&open, &kept, false, pending).oneshot(Request::new(())));
        assert!(future.as_mut().poll(&mut cx).is_pending());
        assert_eq!(open.load(SeqCst), 1);
    }
    assert_eq!((open.load(SeqCst), kept.lock().unwrap().len()), (0, 1));
    {
        let failing = service(&open, &kept, false, || ready(Err("broken")));
        let mut future = pin!(failing.oneshot(Request::new(())));
        assert!(matches!(future.as_mut().poll(&mut cx), std::task::Poll::Ready(Err("broken"))));
    }
    assert_eq!((open.load(SeqCst), kept.lock().unwrap().len()), (0, 2));
}

#[test]
fn a_share_outlives_what_was_cancelled() {
    let (open, kept) = (Arc::default(), Kept::default());
    let mut cx = Context::from_waker(Waker::noop());
    {
        let mut future = pin!(service(&open, &kept, true, pending).oneshot(Request::new(())));
        assert!(future.as_mut().poll(&mut cx).is_pending());
    }
    assert_eq!(open.load(SeqCst), 1);
    let (facts, share) = kept.lock().unwrap().pop().unwrap();
    assert_eq!((share.as_ref().map(InFlight::permits), facts.in_flight().permits()), (Some(1), 0));
    drop(share);
    assert_eq!(open.load(SeqCst), 0);
}

#[test]
fn the_body_holds_it_although_the_facts_are_kept() {
    let (open, kept) = (Arc::default(), Kept::default());
    let answers = service(&open, &kept, false, || ready(Ok(Response::default())));
    let mut future = pin!(answers.oneshot(Request::new(())));
    let std::task::Poll::Ready(Ok(response)) = future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    else {
        panic!("it waits")
    };
    assert_eq!(open.load(SeqCst), 1);
    drop(response);
    assert_eq!(open.load(SeqCst), 0);
}
