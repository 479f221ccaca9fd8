//! A refusal that reads as a 200 of gRPC is a refusal to whoever watches.

#![cfg(feature = "observe")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::body::Body;
use http::{Request, Version};
use palisade::{
    AccessLog, Auth, Clock, Event, EventSink, ManualClock, Peer, Protected, RequestId, Sign, Stack,
    StaticToken, StaticTokens, UnixTime,
    observe::{Explain, Suspicions, Threshold, audit},
    routes::{Routes, post},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt as _;

#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<Sign>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::Suspicion(suspicion) = event {
            self.0.lock().unwrap().push(suspicion.sign);
        }
    }
}

fn stack() -> Stack {
    let token = StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y");
    Stack::new(Auth::with(StaticTokens::new([token]).unwrap()))
}

fn routes() -> Routes {
    Routes::new().route("/pkg.Service/Call", post(async || "ok").authenticated())
}

/// A guess over gRPC; the name of the request.
async fn guess(app: &Protected) -> RequestId {
    let request = Request::post("/pkg.Service/Call")
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("authorization", "Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .extension(Peer(([192, 0, 2, 7], 40_000).into()));
    let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["grpc-status"]), (200, &"16".parse().unwrap()));
    RequestId::parse(answer.headers()["x-request-id"].as_bytes()).unwrap()
}

#[tokio::test]
async fn a286_a_guess_over_grpc_is_in_the_audit_log() {
    let log = audit::MemoryAudit::new(audit::Chain::plain(), 100);
    let recorder = audit::Recorder::builder(log).build().unwrap();
    let app = stack().audit(&recorder).protect(routes()).unwrap();
    guess(&app).await;
    assert!(recorder.drain(Duration::from_secs(10)).await);
    let page = recorder.page(&audit::AuditQuery::default()).await.unwrap();
    let told: Vec<_> =
        page.records.iter().map(|record| (&*record.entry.act, record.entry.reason.as_deref())).collect();
    assert_eq!(told, [("authn.failure", Some("unknown_token"))]);
}

#[tokio::test]
async fn guesses_over_grpc_are_suspicious() {
    let told = Told::default();
    let few = Threshold::new(5, Duration::from_secs(60));
    let suspicions = Suspicions::new(told.clone())
        .unwrap()
        .threshold(Sign::Unauthenticated, few)
        .threshold(Sign::Junk, Threshold::new(6, Duration::from_secs(60)));
    let app = stack().suspicions(suspicions).protect(routes()).unwrap();
    for _ in 0..6 {
        guess(&app).await;
    }
    assert_eq!(*told.0.lock().unwrap(), [Sign::Unauthenticated, Sign::Junk]);
}

#[tokio::test]
async fn every_refusal_over_grpc_is_explained() {
    let explain = Explain::new();
    let app = stack().explain(&explain).protect(routes()).unwrap();
    for _ in 0..3 {
        let id = guess(&app).await;
        assert!(explain.find(id).is_some());
    }
}

#[tokio::test]
async fn a290_a_flood_of_refusals_over_grpc_is_counted_instead_of_written() {
    let out = Out::default();
    let clock = ManualClock::new(UnixTime::from_secs(1_000));
    let log = AccessLog::json(out.clone()).refusals_a_second(10).build().unwrap();
    let app = stack().access_log(log).clock(Clock::manual(&clock)).protect(routes()).unwrap();
    for _ in 0..50 {
        guess(&app).await;
    }
    drop(app);
    assert_eq!(String::from_utf8(out.0.lock().unwrap().clone()).unwrap().lines().count(), 10);
}
