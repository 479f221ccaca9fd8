//! What a whole stack tells: numbers, traces, and who tries doors.

#![cfg(feature = "observe")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderName, StatusCode, header::AUTHORIZATION, request};
use http_body_util::BodyExt as _;
use palisade::{
    AccessLog, Auth, Authenticator, ClientIp, Cors, Credential, Denial, Event, EventSink, Facts, Moment,
    Peer, Principal, Protected, ProxyHeader, Reply, Scope, Secret, SecurityHeaders, Sign, Stack, StackLimits,
    StaticToken, StaticTokens, Tracing, TrustedProxies,
    limit::{Charge, MemoryStore, Op, Outcome, RateLimit, RateStore, StoreError, StoreErrorKind},
    observe::{Explain, Suspicions, Threshold},
    routes::{Routes, get},
};
use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
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

/// Whoever asks about callers panics: in the finding, in the verifying, or later.
#[derive(Debug)]
struct Panics;

impl Authenticator for Panics {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        static NAME: HeaderName = HeaderName::from_static("x-key");
        assert!(head.headers.get(&NAME).is_none_or(|key| key != "find"), "canary");
        palisade::single_header(&head.headers, &NAME)
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        assert!(credential.expose() != b"verify", "canary");
        Reply::later(async { panic!("canary") })
    }
}

#[tokio::test]
async fn a_guard_that_panics_leaves_its_line_in_the_log() {
    let cors = Cors::origins(["https://app.example.com"]);
    let bare = || Stack::new(Auth::with(Panics));
    for (stack, name) in [(bare(), "without CORS"), (bare().cors(cors), "with CORS")] {
        let out = Out::default();
        let log = AccessLog::json(out.clone()).build().unwrap();
        let routes = Routes::new().route("/", get(async || "").authenticated());
        let app = stack.access_log(log).protect(routes).unwrap();
        for key in ["find", "verify", "later"] {
            let answer = ask(&app, [192, 0, 2, 7], "/", &[("x-key", key)]).await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{name}");
        }
        drop(app);
        let lines = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let failed = lines.lines().filter(|line| line.contains("\"outcome\":\"failed\""));
        assert_eq!((failed.count(), lines.lines().count()), (3, 3), "{name}: {lines}");
        assert!(!lines.contains("canary") && lines.contains("192.0.2.7"), "{name}: {lines}");
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

/// A store that is asked over a network, and fails so many times first.
#[derive(Debug)]
struct Distant(MemoryStore, Arc<AtomicU32>);

impl RateStore for Distant {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        let fails = matches!(op, Op::Block { .. })
            && self.1.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        let answer = if fails {
            Reply::now(Err(StoreErrorKind::Unavailable.into()))
        } else {
            self.0.apply(op, charges, now)
        };
        Reply::later(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            answer.await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_answers_later_is_asked_until_it_bans_and_not_for_ever() {
    for (failures, expected) in [(0, 429), (2, 429), (3, 401)] {
        let (limits, store) =
            (StackLimits::new(), Distant(MemoryStore::default(), Arc::new(failures.into())));
        let bans = limits.clone();
        let suspicions = Suspicions::new(Tracing)
            .unwrap()
            .threshold(Sign::Junk, Threshold::new(5, Duration::from_secs(60)).ban(Duration::from_secs(900)))
            .banning(move |ip, time| assert!(bans.ban(ip, time)));
        let app = Stack::new(tokens([]))
            .address_limit("1000/second")
            .limit_store(Arc::new(store), &Secret::new("sixteen bytes or more"))
            .limits(&limits)
            .suspicions(suspicions)
            .protect(Routes::new().route("/models", get(async || "llama").authenticated()))
            .unwrap();
        let wrong = [("authorization", "Bearer u5vVlqUIBqbbJEMn2b3Ltw9Z")];
        for _ in 0..5 {
            assert_eq!(ask(&app, [192, 0, 2, 9], "/models", &wrong).await.status(), 401);
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(ask(&app, [192, 0, 2, 9], "/models", &wrong).await.status(), expected, "{failures}");
        assert_eq!(ask(&app, [192, 0, 2, 10], "/models", &wrong).await.status(), 401);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_bans_does_not_pile_up_in_front_of_a_store() {
    let (limits, store) = (StackLimits::new(), Distant(MemoryStore::default(), Arc::default()));
    let stack = Stack::new(Auth::disabled()).address_limit("1000/second").limits(&limits);
    let stack = stack.limit_store(Arc::new(store), &Secret::new("sixteen bytes or more"));
    stack.protect(Routes::new().route("/", get(async || "").public())).unwrap();
    let ban = |host: u8| limits.ban([192, 0, 2, host].into(), Duration::from_secs(60));
    assert_eq!((0..100).filter(|host| ban(*host)).count(), 64);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(ban(100));
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

/// Knows everybody with a badge, in a header of its own.
#[derive(Debug)]
struct Badge;

const BADGE: HeaderName = HeaderName::from_static("x-badge");

impl Authenticator for Badge {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let found = head.headers.iter().find(|(name, _)| **name == BADGE);
        Ok(found.map(|(name, value)| Credential::new(name, value.as_bytes())))
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        assert!(!credential.expose().is_empty());
        Reply::now(Ok(Principal::new("badge", "ada")))
    }

    fn places(&self) -> Vec<HeaderName> {
        vec![BADGE]
    }
}

#[tokio::test]
async fn headers_in_which_credentials_stand_get_into_vary_and_preflights_by_themselves() {
    let routes = || {
        Routes::new()
            .route("/mine", get(async || "mine").authenticated())
            .route("/open", get(async || "open").public())
    };
    let stack = || Stack::new(Auth::with(Badge)).cors(Cors::origins(["https://good.example"]));
    let cacheable = SecurityHeaders::api().dangerous_cacheable();
    for (stack, known) in [(stack(), "no-store"), (stack().security_headers(cacheable), "private")] {
        let app = stack.protect(routes()).unwrap();
        for (path, lines, vary, cache) in [
            ("/mine", &[("x-badge", "ada")][..], true, known),
            ("/mine", &[], true, "no-store"),
            ("/open", &[], false, ""),
        ] {
            let answer = ask(&app, [192, 0, 2, 9], path, lines).await;
            let said = |name| {
                answer
                    .headers()
                    .get_all(name)
                    .iter()
                    .map(|it| it.to_str().unwrap())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            assert_eq!(said("vary").contains("x-badge"), vary, "{path} {}", said("vary"));
            assert_eq!(said("cache-control"), cache, "{path}");
        }
        let preflight = Request::options("/mine")
            .extension(Peer(([192, 0, 2, 9], 1).into()))
            .header("origin", "https://good.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "x-badge");
        let answer = app.oneshot(preflight.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-headers"], "authorization,content-type,x-badge");
    }
}

#[tokio::test]
async fn an_account_tells_header_hop_and_bucket_and_not_a_byte_of_what_was_sent() {
    let explain = Explain::with(1024 * 1024, 1);
    let dear = RateLimit::new("dear", "100/hour", palisade::By::principal()).unwrap().cost(30).unwrap();
    let routes = Routes::new()
        .route("/models", get(async || "llama").authenticated().guard(dear))
        .route("/open", get(async || "llama").public());
    let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let auth = tokens([]).or(Badge);
    let app = Stack::new(auth)
        .client_ip(ClientIp::behind(proxies, ProxyHeader::XForwardedFor))
        .address_limit("10/second")
        .explain(&explain)
        .protect(routes)
        .unwrap();
    let right = format!("Bearer {TOKEN}");
    let canary = "c4n4ryc4n4ryc4n4ryc4n4ry";
    let account = async |path: &str, lines: &[(&str, &str)]| {
        let answer = ask(&app, [10, 0, 0, 1], path, lines).await;
        let id = palisade::RequestId::parse(answer.headers()["x-request-id"].as_bytes()).unwrap();
        let told = String::from_utf8(explain.find(id).unwrap().into()).unwrap();
        for secret in [TOKEN, canary, &canary[..8], &TOKEN[..8]] {
            assert!(!told.contains(secret), "{told}");
        }
        serde_json::from_str::<serde_json::Value>(&told).unwrap()
    };

    let xff = ("x-forwarded-for", "203.0.113.66, 192.0.2.9, 10.0.0.3, 10.0.0.2");
    let told = account("/models", &[("authorization", &right), xff]).await;
    assert_eq!(told["credential"], serde_json::json!({"header": AUTHORIZATION.as_str(), "scheme": "Bearer"}));
    assert_eq!(
        told["client"],
        serde_json::json!({
            "address": "192.0.2.9", "peer": "10.0.0.1", "because": "a trusted proxy said so",
            "trusted": { "address": "10.0.0.3", "header": "x-forwarded-for", "hops": 3 },
        })
    );
    let buckets = |told: &serde_json::Value| -> Vec<(String, u64, u64)> {
        let limits = told["limits"].as_array().unwrap().iter();
        let number = |it: &serde_json::Value, name: &str| it[name].as_u64().unwrap();
        limits
            .map(|it| {
                (it["policy"].as_str().unwrap().to_owned(), number(it, "before"), number(it, "remaining"))
            })
            .collect()
    };
    assert_eq!(buckets(&told), [("address".to_owned(), 10, 9), ("dear".to_owned(), 100, 70)]);
    account("/models", &[("authorization", &right), xff]).await;
    let third = account("/models", &[("authorization", &right), xff]).await;
    assert_eq!(buckets(&third).last(), Some(&("dear".to_owned(), 40, 10)));
    let refused = account("/models", &[("authorization", &right), xff]).await;
    assert_eq!(
        (&refused["status"], buckets(&refused).last()),
        (&429.into(), Some(&("dear".to_owned(), 10, 10)))
    );

    // A word in front of a space may be the secret itself; garbage names no hop.
    let lines = [("authorization", &*format!("{canary} x")), ("x-forwarded-for", canary)];
    let told = account("/models", &lines).await;
    assert_eq!(told["credential"], serde_json::json!({"header": "authorization", "scheme": "other"}));
    assert_eq!(
        told["client"]["trusted"],
        serde_json::json!({"address": "10.0.0.1", "header": "x-forwarded-for", "hops": 1, "anomaly": "garbage"})
    );
    let told = account("/models", &[("x-badge", canary), xff]).await;
    assert_eq!(told["credential"], serde_json::json!({"header": "x-badge"}));
    assert!(account("/open", &[xff]).await["credential"].is_null());
}
