//! How many requests may be in flight.

use super::{app, stack};
use axum::extract::ConnectInfo;
use http::{HeaderName, Request};
use palisade::{By, Concurrency, Event, EventSink, Overload, limit::LimitErrorKind};
use palisade::{Clock, Facts, Guard as _};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tests::client::get;
use tower::ServiceExt as _;

fn streams(limit: u32) -> Concurrency {
    Concurrency::new("streams", limit, By::header(HeaderName::from_static("x-tenant"))).unwrap()
}

/// One request of this tenant; it is in flight as long as the facts live.
fn enter(limit: &Concurrency, tenant: usize) -> (Facts, Option<u16>) {
    let facts = Facts::new(Clock::system());
    let (head, ()) = Request::builder().header("x-tenant", tenant).body(()).unwrap().into_parts();
    let Ok(verdict) = limit.check(&head, &facts).try_now() else { panic!("it waits") };
    (facts, verdict.err().map(|denial| denial.kind().status().as_u16()))
}

#[tokio::test]
async fn requests_in_flight_are_not_limited() {
    let app = app(stack());
    let mut unread = Vec::new();
    for _ in 0..2_000 {
        let mut request = get("/healthz");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        unread.push(response);
    }
}

#[test]
fn limits_in_flight_have_bounds() {
    for (limit, good) in [(0, false), (1, true), (1_000_000, true), (1_000_001, false)] {
        let kind = |result: Result<(), palisade::limit::LimitError>| result.err().map(|error| error.kind());
        let expected = (!good).then_some(LimitErrorKind::InFlight);
        assert_eq!(kind(Overload::new(limit).map(drop)), expected);
        assert_eq!(kind(Concurrency::new("a", limit, By::client()).map(drop)), expected);
    }
}

#[test]
fn nothing_is_reserved() {
    let overload = Overload::new(10).unwrap();
    assert_eq!((overload.has_reserve(), overload.ordinary().limit()), (false, None));
    assert_eq!(overload.reserve(4).unwrap().ordinary().limit(), Some(6));
}

#[test]
fn too_many_in_flight_come_back_after_a_second() {
    let (head, ()) = Request::builder().header("x-tenant", "a").body(()).unwrap().into_parts();
    let limit = streams(1);
    let _one = {
        let facts = Facts::new(Clock::system());
        assert!(limit.check(&head, &facts).try_now().is_ok_and(|verdict| verdict.is_ok()));
        facts
    };
    let seconds = |limit: &Concurrency| {
        let facts = Facts::new(Clock::system());
        let Ok(Err(denial)) = limit.check(&head, &facts).try_now() else { panic!("admitted") };
        denial.retry_after_seconds()
    };
    assert_eq!(seconds(&limit), Some(1));
    assert_eq!(seconds(&limit.retry_after(30)), Some(30));
}

#[test]
fn callers_in_flight_are_100000_and_more_are_503() {
    #[derive(Clone, Debug, Default)]
    struct Heard(Arc<Mutex<Vec<Event>>>);
    impl EventSink for Heard {
        fn emit(&self, event: &Event) {
            self.0.lock().unwrap().push(event.clone());
        }
    }
    let heard = Heard::default();
    let limit = streams(9).events(heard.clone());
    // In sixteen parts, the first of which is full a little before the last.
    let mut inside = Vec::new();
    let mut first_refusal = None;
    for tenant in 0..110_000 {
        let (facts, refused) = enter(&limit, tenant);
        match refused {
            None => inside.push(facts),
            Some(status) => {
                assert_eq!(status, 503);
                first_refusal = first_refusal.or(Some(inside.len()));
            }
        }
    }
    assert_eq!((inside.len(), limit.keys()), (100_000, 100_000));
    assert!(first_refusal.is_some_and(|at| at > 90_000), "{first_refusal:?}");
    assert_eq!(*heard.0.lock().unwrap(), [Event::ConcurrencyFull { capacity: 100_000 }]);
    let small = streams(9).capacity(1).unwrap();
    let _one = enter(&small, 1);
    assert_eq!((enter(&small, 1).1, enter(&small, 2).1), (None, Some(503)));
    assert_eq!(streams(1).capacity(20_000_001).unwrap_err().kind(), LimitErrorKind::Capacity);
}
