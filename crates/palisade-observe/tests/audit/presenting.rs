//! Requests that are recorded, and records over HTTP.

use crate::support::{Mood, Moody, entries, keyed};
use axum::{Router, body::Body};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use palisade_core::{
    Authenticate, Envelope, Event, EventSink as _, Format, Guard as _, Scope, StaticToken, StaticTokens,
    UserEvent, gate,
};
use palisade_observe::audit::{Audit, AuditLog as _, AuditQuery, MemoryAudit, Outcome, Overflow, Recorder};
use palisade_routes::{Routes, get};
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt as _;

const VIEW: Scope = Scope::from_static("view_audit_logs");
const LONG: Duration = Duration::from_secs(30);
const AUDITOR: &str = "Bearer u5vVlqUIBqbbJEMn2b3Ltw9Y";
const OTHER: &str = "Bearer vQ5uVlqUIBqbbJEMn2b3Ltw9";

fn app(recorder: &Recorder) -> Router {
    let tokens = StaticTokens::new([
        StaticToken::named("auditor").value("u5vVlqUIBqbbJEMn2b3Ltw9Y").scopes([VIEW]),
        StaticToken::named("other").value("vQ5uVlqUIBqbbJEMn2b3Ltw9"),
    ])
    .unwrap();
    let routes =
        Routes::new().route("/health", get(async || "ok").public()).nest("/audit", recorder.routes(VIEW));
    let guards = Audit::new(recorder.clone()).then(Authenticate::with(tokens).identify());
    let layer = gate(guards).with_envelope(Envelope::new(Format::Json));
    routes.into_router().unwrap().layer(layer)
}

async fn ask(app: &Router, path: &str, token: Option<&str>) -> (StatusCode, Value) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn refusals_are_recorded_with_their_true_reasons() {
    let recorder = Recorder::builder(MemoryAudit::new(keyed(), 100)).build().unwrap();
    let app = app(&recorder);
    for (token, status) in
        [(None, 401), (Some("Bearer wrong-wrong-wrong-wrong"), 401), (Some(OTHER), 403), (Some(AUDITOR), 200)]
    {
        assert_eq!(ask(&app, "/audit", token).await.0, status);
    }
    assert_eq!(ask(&app, "/health", None).await.0, 200);
    assert_eq!(ask(&app, "/nowhere", None).await.0, 404);
    assert!(recorder.drain(LONG).await);
    let mut records = recorder.page(&AuditQuery::default()).await.unwrap().records;
    records.reverse();
    let told: Vec<_> = records
        .iter()
        .map(|it| (&*it.entry.act, it.entry.actor.as_deref(), it.entry.route.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("authn.failure", None, Some("/audit")),
            ("authn.failure", None, Some("/audit")),
            ("authz.denied", Some("static:other"), Some("/audit")),
        ]
    );
    let reasons: Vec<_> = records.iter().map(|it| it.entry.reason.as_deref().unwrap()).collect();
    assert_eq!(reasons.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "{reasons:?}");
    assert!(records.iter().all(|it| it.entry.outcome == Outcome::Refused && it.entry.request_id.is_some()));
}

#[tokio::test]
async fn pages_tell_the_events_and_whether_the_chain_holds() {
    let recorder = Recorder::builder(MemoryAudit::new(keyed(), 100)).build().unwrap();
    let app = app(&recorder);
    for _ in 0..3 {
        recorder.record(&Event::BreakerHalfOpen { name: "upstream" }).await.unwrap();
    }
    let (status, body) = ask(&app, "/audit?limit=2", Some(AUDITOR)).await;
    assert_eq!(status, 200);
    assert_eq!(body["events"][0]["sequence"], 3);
    assert_eq!(body["events"][0]["act"], "breaker.half_open");
    assert_eq!((&body["chain"]["holds"], &body["chain"]["records"]), (&true.into(), &3.into()));
    assert_eq!(body["next_cursor"], "2");
    let (_, body) = ask(&app, "/audit?cursor=2&act=breaker.half_open", Some(AUDITOR)).await;
    assert_eq!((body["events"].as_array().unwrap().len(), &body["next_cursor"]), (1, &Value::Null));
    assert_eq!(ask(&app, "/audit?limit=0", Some(AUDITOR)).await.0, 400);
    assert_eq!(ask(&app, "/audit?limit=0", None).await.0, 401);
}

#[tokio::test]
async fn a288_while_nothing_can_be_recorded_requests_go_on_unless_they_are_told_not_to() {
    for (overflow, expected) in [(Overflow::Count, 200), (Overflow::Wait, 200), (Overflow::Refuse, 503)] {
        let log = Moody::new();
        let recorder = Recorder::builder(log.clone())
            .queue(64 * 1024)
            .strangers_a_second(u32::MAX)
            .overflow(overflow)
            .build()
            .unwrap();
        let app = app(&recorder);
        log.be(Mood::Stuck);
        // As many as strangers can cause.
        let refused =
            Event::User(UserEvent::LoginRefused { user: None, client: None, reason: "wrong_password" });
        (0..1_000).for_each(|_| recorder.emit(&refused));
        assert_eq!(ask(&app, "/health", None).await.0, expected);
        log.be(Mood::Well);
        assert!(recorder.drain(LONG).await);
        assert_eq!(ask(&app, "/health", None).await.0, 200);
    }
}

/// What the page shows, and what it says of the chain, are of one time: from the first record on, whoever wrote it.
#[tokio::test]
async fn the_chain_of_a_page_has_all_that_the_page_shows() {
    let log = MemoryAudit::new(keyed(), 10_000);
    let recorder = Recorder::builder(log.clone()).build().unwrap();
    let app = app(&recorder);
    let check = async |expected: u64| {
        let (status, page) = ask(&app, "/audit", Some(AUDITOR)).await;
        assert_eq!(status, 200);
        assert_eq!((&page["chain"]["records"], &page["chain"]["holds"]), (&expected.into(), &true.into()));
    };
    check(0).await;
    assert_eq!(ask(&app, "/audit", None).await.0, 401);
    assert!(recorder.drain(LONG).await);
    check(1).await;
    // Another process.
    log.append(entries(0..2)).await.unwrap();
    check(3).await;
    // One that is long is believed for a while.
    log.append(entries(0..1_000)).await.unwrap();
    check(1_003).await;
    log.append(entries(0..1)).await.unwrap();
    check(1_003).await;
}
