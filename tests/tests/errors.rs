//! What refusals say, and what they never say, over the whole stack.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use http::{Method, Request};
use palisade::{
    Auth, By, Facts, Moment, Overload, Protected, RateLimit, Reply, Stack, UnixTime,
    keys::{
        ApiKeys, Change, KeyFormat, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore, Keyring,
        Peppers, StoreError, StoreErrorKind,
    },
    limit::{Charge, Op, Outcome, RateStore},
    routes::{Routes, StrictJson, get as read, post},
};
use serde_json::Value;
use std::sync::{Arc, Weak};
use tests::{
    client::{get, request, send, with, with_token},
    server::{BODY_LIMIT, CANARY, Handled, POOR, READ, Server, TOKEN, WRITE, routes, stack},
    socket::exchange,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What must be in no answer.
const LEAK: &str = "c4n4ry";

#[tokio::test]
async fn a264_a_panic_is_a_plain_500_and_its_connection_goes_on() {
    let server = Server::start(stack()).await;
    let mut socket = TcpStream::connect(server.addr).await.unwrap();
    let ask = |path| format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n");
    socket.write_all(format!("{}\r\n", ask("/v1/panic")).as_bytes()).await.unwrap();
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("\"details\":null}}") {
        told.push(socket.read_u8().await.unwrap());
    }
    let told = String::from_utf8(told).unwrap();
    assert!(told.starts_with("HTTP/1.1 500 ") && !told.contains(CANARY), "{told}");
    let (_, body) = told.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"error":{"code":"INTERNAL_ERROR","message":"Internal error","details":null}}"#);
    // The same connection, and then a handler that runs.
    socket.write_all(format!("{}Connection: close\r\n\r\n", ask("/v1/models")).as_bytes()).await.unwrap();
    let mut next = String::new();
    socket.read_to_string(&mut next).await.unwrap();
    assert!(next.starts_with("HTTP/1.1 200 ") && next.ends_with("llama-7b"), "{next}");
    assert_eq!(server.handled.count(), 1);
}

/// Stores whose errors tell too much.
#[derive(Clone, Copy, Debug)]
struct Chatty;

const CAUSE: &str = "c4n4ry: SELECT secret FROM keys; postgres://user:c4n4ry@10.0.0.7/prod refused";

impl KeyStore for Chatty {
    fn get(&self, _: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        Reply::now(Err(StoreError::new(StoreErrorKind::Unavailable).with_source(CAUSE)))
    }

    fn write(&self, _: Vec<Change>) -> Reply<Result<(), StoreError>> {
        Reply::now(Err(StoreError::new(StoreErrorKind::Corrupt).with_source(CAUSE)))
    }

    fn list(&self, _: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        Reply::now(Err(StoreError::new(StoreErrorKind::Corrupt).with_source(CAUSE)))
    }

    fn touch(&self, _: &KeyId, _: UnixTime) -> Reply<Result<(), StoreError>> {
        Reply::now(Err(StoreError::new(StoreErrorKind::Unavailable).with_source(CAUSE)))
    }

    fn subscribe(&self, _: Weak<dyn KeyListener>) -> bool {
        false
    }
}

impl RateStore for Chatty {
    fn apply(
        &self,
        _: Op,
        _: &[Charge<'_>],
        _: Moment,
    ) -> Reply<Result<Outcome, palisade::limit::StoreError>> {
        let kind = palisade::limit::StoreErrorKind::Corrupt;
        Reply::now(Err(palisade::limit::StoreError::new(kind).with_source(CAUSE)))
    }
}

#[tokio::test]
async fn a265_what_a_store_says_of_itself_stays_inside() {
    let format = || KeyFormat::with_public_checksum("acme", "live").unwrap();
    let keys = ApiKeys::new(format(), Peppers::none(), Chatty);
    let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
    let key = format().mint().unwrap();
    let handled = Handled::default();
    let managed = || routes(&handled).nest("/keys", keyring.routes());
    let limit = RateLimit::new("address", "5/second", By::client()).unwrap().store(Arc::new(Chatty));
    let stack = || Stack::new(Auth::keys(keys.clone()).or(tests::server::tokens()));
    let (plain, limited) =
        (stack().protect(managed()).unwrap(), stack().address_limit(limit).protect(managed()).unwrap());
    let json = [("content-type", "application/json")];
    let mut create = with(with_token(request(Method::POST, "/keys"), TOKEN), &json);
    *create.body_mut() = Body::from(r#"{"name":"ci","permissions":[]}"#);
    for (app, request) in [
        (&plain, with(get("/v1/models"), &[("x-api-key", key.expose())])),
        (&plain, with_token(get("/keys"), TOKEN)),
        (&plain, create),
        (&limited, get("/healthz")),
    ] {
        let path = request.uri().clone();
        let answer = send(app, request).await;
        assert!(matches!(answer.status.as_u16(), 500 | 503), "{path} {answer:?}");
        assert!(["INTERNAL_ERROR", "SERVICE_UNAVAILABLE"].contains(&&*answer.code()), "{path}");
        let told = format!("{answer:?}");
        for word in [LEAK, "SELECT", "postgres", "10.0.0.7"] {
            assert!(!told.contains(word), "{path}: {told}");
        }
    }
    assert_eq!(handled.count(), 0);
}

#[derive(serde::Deserialize)]
struct Inference {
    prompt: String,
}

#[tokio::test]
async fn a266_what_was_sent_is_in_no_refusal() {
    let handled = Handled::default();
    let extra = Routes::new().route(
        "/strict",
        post(async |StrictJson(Inference { prompt }): StrictJson<Inference>| prompt).public(),
    );
    let app = stack().address_limit("11/hour").protect(routes(&handled).merge(extra)).unwrap();
    let hostile = "c4n4ry<script>alert(1)</script>\"}";
    let path = "/c4n4ry%3Cscript%3E%22%7D";
    let mut body = with(request(Method::POST, "/strict"), &[("content-type", "application/json")]);
    *body.body_mut() = Body::from(format!("{{\"prompt\":{}}}", serde_json::json!([hostile])));
    let mut broken = with(request(Method::POST, "/strict"), &[("content-type", "application/json")]);
    *broken.body_mut() = Body::from(hostile);
    let requests = vec![
        (404, get(path)),
        (400, get(&format!("/v1/models%00{}", &path[1..]))),
        (
            401,
            with(
                get("/v1/models"),
                &[("authorization", &format!("Bearer {hostile}")), ("x-request-id", hostile)],
            ),
        ),
        (401, with(get("/v1/models"), &[("authorization", &format!("{hostile} x")), ("referer", hostile)])),
        (401, get(&format!("/v1/models?q={path}&access_token=c4n4ry"))),
        (
            403,
            with(
                with_token(get("/v1/models"), POOR),
                &[("cookie", hostile), ("user-agent", hostile), ("accept", "c4n4ry/*")],
            ),
        ),
        (400, body),
        (400, broken),
        (415, with(request(Method::POST, "/strict"), &[("content-type", "text/c4n4ry")])),
        (401, Request::builder().method("C4N4RY").uri("/v1/models").body(Body::empty()).unwrap()),
        (405, Request::builder().method("C4N4RY").uri("/strict").body(Body::empty()).unwrap()),
        (
            404,
            with(
                get(path),
                &[("origin", "https://c4n4ry.example"), ("access-control-request-method", "C4N4RY")],
            ),
        ),
        (429, get(path)),
    ];
    for (status, mut request) in requests {
        if request.headers().get("content-type").is_some_and(|kind| kind == "text/c4n4ry") {
            *request.body_mut() = Body::from("c4n4ry");
        }
        let line = format!("{} {}", request.method(), request.uri());
        let answer = send(&app, request).await;
        assert_eq!(answer.status.as_u16(), status, "{line} {answer:?}");
        let told = format!("{answer:?}").to_lowercase();
        assert!(!told.contains(LEAK) && !told.contains("<script"), "{line}: {told}");
        assert!(!answer.code().is_empty(), "{line}");
    }
    assert_eq!(handled.count(), 0);
}

#[tokio::test]
async fn a271_whatever_a_client_accepts_it_reads_json_and_not_its_own_words() {
    let app = stack().protect(routes(&Handled::default())).unwrap();
    for (accept, kind) in [
        ("text/html", "application/json"),
        ("*/*;q=0", "application/json"),
        ("image/png, text/c4n4ry;q=0.9", "application/json"),
        ("application/problem+json", "application/problem+json"),
        ("application/json;q=0.5, application/problem+json;q=0.1", "application/json"),
        (";;;,,=\"c4n4ry", "application/json"),
        ("\u{e9}c4n4ry", "application/json"),
    ] {
        let answer = send(&app, with(get("/v1/models"), &[("accept", accept)])).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (401, kind), "{accept}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let code = if kind == "application/json" { &body["error"]["code"] } else { &body["code"] };
        assert_eq!(code, "AUTHENTICATION_FAILED", "{accept}");
        assert!(!format!("{answer:?}").contains(LEAK), "{accept}");
    }
}

/// One refusal of every kind that the stack makes by itself.
async fn every_error() -> Vec<(u16, Protected, Request<Body>)> {
    let strict = async |StrictJson(Inference { prompt }): StrictJson<Inference>| prompt;
    let apps = |stack: Stack| {
        let extra = Routes::new().route("/strict", post(strict).public()).route(
            "/closed",
            read(async || "no").public().guard(palisade::Networks::new(
                palisade::NetworkRules::new().deny(["192.0.2.0/24"]).unwrap(),
            )),
        );
        stack.protect(routes(&Handled::default()).merge(extra)).unwrap()
    };
    let app = apps(stack());
    let used = apps(stack().address_limit("1/hour"));
    assert_eq!(send(&used, get("/healthz")).await.status, 200);
    let busy = Overload::new(1).unwrap();
    let full = apps(stack().in_flight_limit(busy.clone()));
    let mut large = with_token(request(Method::POST, "/v1/models"), TOKEN);
    *large.body_mut() = Body::from(vec![b' '; BODY_LIMIT + 1]);
    let mut plain = with(request(Method::POST, "/strict"), &[("content-type", "text/plain")]);
    *plain.body_mut() = Body::from("x");
    let mut invalid = with(request(Method::POST, "/strict"), &[("content-type", "application/json")]);
    *invalid.body_mut() = Body::from("{");
    let held = palisade::Guard::check(
        &busy,
        &get("/").into_parts().0,
        // As a request would, which is never answered.
        Box::leak(Box::new(Facts::new(palisade::Clock::system()))),
    );
    std::mem::forget(held);
    let down = RateLimit::new("address", "5/second", By::client()).unwrap().store(Arc::new(Chatty));
    vec![
        (400, app.clone(), get("/v1/%2e")),
        (400, app.clone(), invalid),
        (401, app.clone(), get("/v1/models")),
        (403, app.clone(), with_token(get("/v1/models"), POOR)),
        (403, app.clone(), get("/closed")),
        (404, app.clone(), get("/nowhere")),
        (405, app.clone(), request(Method::DELETE, "/healthz")),
        (413, app.clone(), large),
        (414, app.clone(), get(&format!("/{}", "x".repeat(9_000)))),
        (415, app.clone(), plain),
        (429, used, get("/healthz")),
        (431, app.clone(), with(get("/healthz"), &[("x", &"y".repeat(17_000))])),
        (500, app, with_token(get("/v1/panic"), TOKEN)),
        (503, full, get("/healthz")),
        (503, apps(stack().address_limit(down)), get("/healthz")),
    ]
}

#[tokio::test]
async fn a272_every_error_is_json_that_no_cache_keeps_and_no_browser_takes_for_a_page() {
    for (status, app, asked) in every_error().await {
        let line = format!("{} {:.40}", asked.method(), asked.uri().to_string());
        let answer = send(&app, asked).await;
        assert_eq!(answer.status.as_u16(), status, "{line} {answer:?}");
        let told =
            ["content-type", "x-content-type-options", "cache-control"].map(|name| answer.header(name));
        assert_eq!(told, ["application/json", "nosniff", "no-store"], "{line}");
        let body: Value = serde_json::from_str(std::str::from_utf8(&answer.body).unwrap()).unwrap();
        assert!(
            body["error"]["code"].is_string() && body["error"].as_object().unwrap().contains_key("details"),
            "{line}"
        );
    }
    // What has no body has none: HEAD over a socket, where the next answer would follow.
    let server = Server::start(stack()).await;
    for (path, status) in [("/v1/models", 401), ("/nowhere", 404), ("/healthz", 200), ("/v1/%2e", 400)] {
        let raw =
            exchange(server.addr, &format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .await;
        assert_eq!((raw.status, raw.body.as_str()), (status, ""), "{path}");
    }
    let bodiless = Routes::new()
        .route("/204", read(async || http::StatusCode::NO_CONTENT).public())
        .route("/304", read(async || http::StatusCode::NOT_MODIFIED).public());
    let server = Server::serve(stack().protect(bodiless).unwrap(), Handled::default()).await;
    for status in [204, 304] {
        let raw = tests::socket::fetch(server.addr, &format!("/{status}"), "").await;
        assert_eq!((raw.status, raw.body.as_str(), raw.header("content-type")), (status, "", ""));
    }
}
