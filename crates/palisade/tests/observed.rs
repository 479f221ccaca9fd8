//! What a whole stack tells: numbers, traces, and who tries doors.

#![cfg(feature = "observe")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use palisade::{
    AccessLog, Auth, ClientIp, Event, EventSink, Peer, Protected, ProxyHeader, Scope, Sign, Stack,
    StackLimits, StaticToken, StaticTokens, TrustedProxies,
    observe::{Explain, Suspicions, Threshold},
    routes::{Routes, get},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt as _;

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const ID: &str = "0194a3f1-7c2e-7abc-8def-0123456789ab";

fn tokens(scopes: impl IntoIterator<Item = Scope>) -> Auth {
    Auth::with(StaticTokens::new([StaticToken::named("ops").value(TOKEN).scopes(scopes)]).unwrap())
}

async fn ask(app: &Protected, peer: [u8; 4], path: &str, lines: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path).extension(Peer((peer, 40_000).into()));
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

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

#[tokio::test]
async fn a_trace_goes_through_headers_handler_response_and_log() {
    let out = Out::default();
    let routes = Routes::new().route(
        "/seen",
        get(async |headers: HeaderMap| {
            let value =
                |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
            format!("{} {}", value("traceparent"), value("tracestate"))
        })
        .public(),
    );
    let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let app = Stack::new(Auth::disabled())
        .client_ip(ClientIp::behind(proxies, ProxyHeader::XForwardedFor))
        .access_log(AccessLog::json(out.clone()).build().unwrap())
        .follow_traces()
        .protect(routes)
        .unwrap();
    let lines = [
        ("x-request-id", ID),
        ("traceparent", SENT),
        ("tracestate", "a=b"),
        ("x-forwarded-for", "192.0.2.9"),
    ];

    let trusted = ask(&app, [10, 0, 0, 1], "/seen", &lines).await;
    assert_eq!(trusted.headers()["x-request-id"], ID);
    let place = trusted.headers()["traceresponse"].to_str().unwrap().to_owned();
    assert!(
        place.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && place != SENT && place.ends_with("-01")
    );
    assert_eq!(text(trusted).await, format!("{place} a=b"));

    let stranger = ask(&app, [192, 0, 2, 9], "/seen", &lines).await;
    assert_ne!(stranger.headers()["x-request-id"], ID);
    let other = stranger.headers()["traceresponse"].to_str().unwrap().to_owned();
    assert!(!other.contains("4bf92f3577b34da6a3ce929d0e0e4736") && other.ends_with("-00"));
    assert_eq!(text(stranger).await, format!("{other} -"));

    drop(app);
    let log = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains(&format!("\"request_id\":\"{ID}\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"")),
        "{log}"
    );
    assert!(log.contains(&format!("\"trace_id\":\"{}\"", &other[3..35])), "{log}");
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

#[tokio::test]
async fn who_guesses_is_banned_by_the_address_limit_and_nobody_else() {
    let (told, limits) = (Told::default(), StackLimits::new());
    let bans = limits.clone();
    let suspicions = Suspicions::new(told.clone())
        .unwrap()
        .threshold(Sign::Junk, Threshold::new(5, Duration::from_secs(60)).ban(Duration::from_secs(900)))
        .banning(move |ip, time| assert!(bans.ban(ip, time)));
    let read = Scope::from_static("read");
    let app = Stack::new(tokens([read.clone()]))
        .address_limit("1000/second")
        .limits(&limits)
        .suspicions(suspicions)
        .protect(Routes::new().route("/models", get(async || "llama").requires(read)))
        .unwrap();
    let wrong = [("authorization", "Bearer u5vVlqUIBqbbJEMn2b3Ltw9Z")];
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(ask(&app, [192, 0, 2, 9], "/models", &wrong).await.status().as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
    assert_eq!(*told.0.lock().unwrap(), [Sign::Junk]);
    assert_eq!(ask(&app, [192, 0, 2, 10], "/models", &wrong).await.status(), StatusCode::UNAUTHORIZED);
    let right = format!("Bearer {TOKEN}");
    let right = [("authorization", &*right)];
    assert_eq!(ask(&app, [192, 0, 2, 10], "/models", &right).await.status(), StatusCode::OK);
}

#[cfg(feature = "metrics")]
#[tokio::test]
async fn numbers_are_for_who_may_read_them() {
    let routes = palisade::metrics_route(|| String::from("up 1\n"));
    let app = Stack::new(tokens([palisade::READ_METRICS]))
        .metrics(palisade::observe::Metrics::new())
        .protect(routes)
        .unwrap();
    assert_eq!(ask(&app, [192, 0, 2, 9], "/metrics", &[]).await.status(), StatusCode::UNAUTHORIZED);
    let right = format!("Bearer {TOKEN}");
    let answer = ask(&app, [192, 0, 2, 9], "/metrics", &[("authorization", &right)]).await;
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(text(answer).await, "up 1\n");
}

#[tokio::test]
async fn who_may_look_sees_how_a_request_was_decided_and_no_secret() {
    let explain = Explain::with(1024 * 1024, 1_000_000);
    let routes = palisade::explain_route(&explain)
        .route("/models/{name}", get(async || "llama").requires(Scope::from_static("read")));
    let app = Stack::new(tokens([palisade::VIEW_AUDIT_LOGS]))
        .address_limit("10/second")
        .explain(&explain)
        .protect(routes)
        .unwrap();
    let secret = "c4n4ryc4n4ryc4n4ryc4n4ry";
    let lines = [("authorization", &*format!("Bearer {secret}")), ("cookie", secret), ("user-agent", secret)];
    let refused = ask(&app, [192, 0, 2, 9], &format!("/models/{secret}?q={secret}"), &lines).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let id = refused.headers()["x-request-id"].to_str().unwrap().to_owned();

    let path = format!("/_palisade/explain/{id}");
    assert_eq!(ask(&app, [192, 0, 2, 9], &path, &[]).await.status(), StatusCode::UNAUTHORIZED);
    let right = format!("Bearer {TOKEN}");
    let right = [("authorization", &*right)];
    let answer = ask(&app, [192, 0, 2, 10], &path, &right).await;
    assert_eq!(
        (answer.status(), &answer.headers()["cache-control"]),
        (StatusCode::OK, &"no-store".parse().unwrap())
    );
    let told = text(answer).await;
    assert!(!told.contains(secret), "{told}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["request_id"], *id);
    assert_eq!(
        told["client"],
        serde_json::json!({"address": "192.0.2.9", "peer": "192.0.2.9", "because": "it is the peer"})
    );
    assert_eq!(told["denied"]["code"], "AUTHENTICATION_FAILED");
    assert_eq!(
        (&told["limits"][0]["policy"], &told["limits"][0]["remaining"]),
        (&"address".into(), &9.into())
    );
    for stage in ["head", "address_limit", "refusal"] {
        assert!(told["stages_us"][stage].is_u64(), "{told}");
    }
    // What no path has is refused before anybody looks for it.
    for (unknown, status) in [(ID, 404), ("x", 404), ("%00", 400)] {
        let path = format!("/_palisade/explain/{unknown}");
        assert_eq!(ask(&app, [192, 0, 2, 10], &path, &right).await.status(), status, "{unknown}");
    }
}
