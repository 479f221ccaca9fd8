//! The one mechanism: order, passes, readiness, waiting, cancelling, reporting.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::{HeaderValue, Request, Response, StatusCode, request, response};
use palisade_core::{Denial, DenialKind, Facts, Guard, Pass, Reply, gate, guard_fn};
use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};
use tower::{Layer, Service, ServiceExt, service_fn};

/// Admits now or later, and marks what passes on both ways.
#[derive(Clone)]
struct Mark {
    name: &'static str,
    later: bool,
    refuse: bool,
    open: Arc<AtomicUsize>,
}

struct Marked(&'static str, Arc<AtomicUsize>);

impl Drop for Marked {
    fn drop(&mut self) {
        self.1.fetch_sub(1, SeqCst);
    }
}

impl Pass for Marked {
    fn inbound(&mut self, head: &mut request::Parts) {
        head.headers.append("in", HeaderValue::from_static(self.0));
    }

    fn outbound(self, head: &mut response::Parts, _: &Facts) {
        head.headers.append("out", HeaderValue::from_static(self.0));
    }
}

impl Guard for Mark {
    type Pass = Marked;

    fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<Marked, Denial>> {
        let verdict = if self.refuse {
            Err(Denial::new(DenialKind::Forbidden))
        } else {
            self.open.fetch_add(1, SeqCst);
            Ok(Marked(self.name, self.open.clone()))
        };
        if !self.later {
            return Reply::now(verdict);
        }
        Reply::later(async move {
            tokio::task::yield_now().await;
            verdict
        })
    }
}

fn mark(name: &'static str) -> Mark {
    Mark { name, later: false, refuse: false, open: Arc::default() }
}

async fn echo(request: Request<()>) -> Result<Response<String>, Infallible> {
    let seen: Vec<_> =
        request.headers().get_all("in").iter().map(|v| v.to_str().unwrap().to_owned()).collect();
    Ok(Response::new(seen.join(" ")))
}

fn out(response: &Response<String>) -> String {
    let lines: Vec<_> =
        response.headers().get_all("out").iter().map(|v| v.to_str().unwrap().to_owned()).collect();
    lines.join(" ")
}

#[tokio::test]
async fn passes_go_in_by_order_and_out_in_reverse_whoever_waits() {
    for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
        let chain =
            Mark { later: first, ..mark("a") }.then(Mark { later: second, ..mark("b") }).then(mark("c"));
        let response = gate(chain).layer(service_fn(echo)).oneshot(Request::new(())).await.unwrap();
        assert_eq!(
            (response.body().as_str(), out(&response).as_str()),
            ("a b c", "c b a"),
            "{first} {second}"
        );
    }
}

#[tokio::test]
async fn an_earlier_pass_sees_a_later_refusal_and_nobody_is_asked_after_it() {
    for later in [false, true] {
        let last = mark("c");
        let chain = mark("a").then(Mark { later, refuse: true, ..mark("b") }).then(last.clone());
        let response = gate(chain).layer(service_fn(echo)).oneshot(Request::new(())).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!((response.body().as_str(), out(&response).as_str()), ("", "a"));
        assert_eq!(last.open.load(SeqCst), 0);
    }
}

#[tokio::test]
async fn report_only_decides_everything_and_refuses_nothing() {
    for later in [false, true] {
        let chain = Mark { later, refuse: true, ..mark("a") }
            .then(mark("b"))
            .then(Mark { refuse: true, ..mark("c") });
        let layer = gate(chain).report_only().expose_facts();
        let response = layer.layer(service_fn(echo)).oneshot(Request::new(())).await.unwrap();
        assert_eq!(
            (response.status(), response.body().as_str(), out(&response).as_str()),
            (StatusCode::OK, "b", "b")
        );
        let facts = Facts::of(response.extensions()).unwrap();
        assert_eq!(facts.would_deny().count(), 2);
        assert!(facts.denial().is_none());
    }
}

#[tokio::test]
async fn reporting_everything_reaches_gates_inside_and_reporting_alone_does_not() {
    let inner = gate(Mark { refuse: true, ..mark("in") }).layer(service_fn(echo));
    let alone = gate(mark("out")).report_only().layer(inner.clone());
    assert_eq!(alone.oneshot(Request::new(())).await.unwrap().status(), StatusCode::FORBIDDEN);
    let throughout = gate(mark("out")).report_everything().layer(inner);
    assert_eq!(throughout.oneshot(Request::new(())).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn facts_are_one_ledger_across_gates() {
    let first = Arc::new(std::sync::Mutex::new(None));
    let keep = first.clone();
    let outer = gate(guard_fn(move |_, facts| {
        *keep.lock().unwrap() = Some(facts.request_id());
        Ok(())
    }));
    let inner = gate(guard_fn(move |_, facts| {
        assert_eq!(*first.lock().unwrap(), Some(facts.request_id()));
        Ok(())
    }));
    let service = outer.layer(inner.layer(service_fn(echo)));
    assert_eq!(service.oneshot(Request::new(())).await.unwrap().status(), StatusCode::OK);
}

/// Panics where it is called without having been polled ready; a clone is not ready.
#[derive(Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false }
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        ready(Ok(Response::new(String::new())))
    }
}

#[tokio::test]
async fn a308_only_the_service_that_was_polled_ready_is_called() {
    for later in [false, true] {
        let mut service = gate(Mark { later, ..mark("a") }.then(mark("b"))).layer(Strict::default());
        for _ in 0..100_000 / if later { 10 } else { 1 } {
            service.ready().await.unwrap().call(Request::new(())).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a309_over_buffer_limit_and_load_shed_permits_return() {
    let limited = tower::limit::ConcurrencyLimit::new(service_fn(echo), 2);
    let shed = tower::load_shed::LoadShed::new(limited);
    let buffered = tower::buffer::Buffer::new(shed, 8);
    for later in [false, true] {
        let guard = Mark { later, ..mark("a") };
        let service = gate(guard.clone()).layer(buffered.clone());
        for _ in 0..1_000 {
            service.clone().oneshot(Request::new(())).await.unwrap();
        }
        assert_eq!(guard.open.load(SeqCst), 0);
    }
}

#[test]
fn a311_a312_dropped_at_every_poll_leaves_nothing_behind() {
    for stop_after in 0..6 {
        for (first, second) in [(false, false), (false, true), (true, false), (true, true)] {
            let (a, b) = (Mark { later: first, ..mark("a") }, Mark { later: second, ..mark("b") });
            let slow = service_fn(|request| async {
                tokio::task::yield_now().await;
                echo(request).await
            });
            let mut service = gate(a.clone().then(b.clone())).layer(slow);
            {
                let mut future = pin!(service.call(Request::new(())));
                let mut cx = Context::from_waker(Waker::noop());
                for _ in 0..stop_after {
                    if future.as_mut().poll(&mut cx).is_ready() {
                        break;
                    }
                }
            }
            assert_eq!(a.open.load(SeqCst) + b.open.load(SeqCst), 0, "{stop_after} {first} {second}");
        }
    }
}

/// How many passes are there while the inner future ends.
struct Last {
    open: Arc<AtomicUsize>,
    seen: Arc<AtomicUsize>,
}

impl Drop for Last {
    fn drop(&mut self) {
        self.seen.fetch_add(self.open.load(SeqCst), SeqCst);
    }
}

#[test]
fn what_handles_a_request_ends_before_its_pass() {
    for (polls, later) in [(0, false), (1, false), (1, true), (2, true)] {
        let guard = Mark { later, ..mark("a") };
        let (open, seen) = (guard.open.clone(), Arc::new(AtomicUsize::new(0)));
        let (watched, told) = (open.clone(), seen.clone());
        let never = service_fn(move |_: Request<()>| {
            let last = Last { open: watched.clone(), seen: told.clone() };
            async move {
                let _last = last;
                std::future::pending::<Result<Response<String>, Infallible>>().await
            }
        });
        {
            let mut future = pin!(gate(guard).layer(never).oneshot(Request::new(())));
            let mut cx = Context::from_waker(Waker::noop());
            for _ in 0..=polls {
                assert!(future.as_mut().poll(&mut cx).is_pending());
            }
        }
        assert_eq!((open.load(SeqCst), seen.load(SeqCst)), (0, 1), "{polls} {later}");
    }
}

#[test]
fn a_call_that_panics_gives_the_pass_back() {
    let guard = mark("a");
    let mut service = gate(guard.clone()).layer(service_fn(
        |_: Request<()>| -> Ready<Result<Response<String>, Infallible>> { panic!("on purpose") },
    ));
    let call = AssertUnwindSafe(|| drop(service.call(Request::new(()))));
    assert!(catch_unwind(call).is_err());
    assert_eq!(guard.open.load(SeqCst), 0);
}

#[test]
fn polled_after_completion_a_gate_waits_and_does_not_panic() {
    for refuse in [false, true] {
        let mut service = gate(Mark { refuse, ..mark("a") }).layer(service_fn(echo));
        let mut future = pin!(service.call(Request::new(())));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_ready());
        assert!(future.as_mut().poll(&mut cx).is_pending());
    }
}

#[tokio::test]
async fn a276_errors_of_the_inner_service_pass_through_unchanged() {
    let failing = service_fn(|_: Request<()>| async { Err::<Response<String>, _>("broken") });
    let guard = mark("a");
    assert_eq!(gate(guard.clone()).layer(failing).oneshot(Request::new(())).await.unwrap_err(), "broken");
    assert_eq!(guard.open.load(SeqCst), 0);
}

#[test]
fn a319_layers_services_and_futures_may_travel() {
    fn travels<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn moves<T: Send + 'static>(_: &T) {}
    let layer = gate(mark("a").then(Some(mark("b"))));
    travels(&layer);
    let mut service = layer.layer(service_fn(echo));
    travels(&service);
    moves(&service.call(Request::new(())));
}
