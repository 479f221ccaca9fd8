//! What refusals say, and what they never say, over the whole stack.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use http::{HeaderValue, Method, Request};
use palisade::{
    Auth, By, Facts, Moment, Overload, Protected, RateLimit, Reply, Stack, UnixTime,
    keys::{
        ApiKeys, Caller, Change, KeyFormat, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore,
        Keyring, MemoryStore, NewKey, Peppers, StoreError, StoreErrorKind,
    },
    limit::{Charge, Op, Outcome, RateStore},
    routes::{Routes, StrictJson, get as read, post},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
};
use tests::{
    client::{Answer, get, request, send, with_token},
    server::{BODY_LIMIT, CANARY, Handled, POOR, READ, Server, TOKEN, WRITE, routes, stack},
    socket::exchange,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What must be in no answer.
const LEAK: &str = "c4n4ry";

fn lines(request: &mut Request<Body>, lines: &[(&'static str, &str)]) {
    for (name, value) in lines {
        request.headers_mut().append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
}

fn with(mut request: Request<Body>, added: &[(&'static str, &str)]) -> Request<Body> {
    lines(&mut request, added);
    request
}

/// Everything of an answer but the request's name, which stands in a header, and in problem documents.
fn nameless(mut answer: Answer) -> Answer {
    answer.headers.remove("x-request-id");
    answer
}

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

/// A service with keys of tenants, tokens, and routes for them.
async fn keyed() -> (Protected, Handled, [String; 2], [String; 2]) {
    let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new());
    let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
    let mut made = Vec::new();
    for tenant in ["red", "blue"] {
        let mut new = NewKey::named("admin".parse().unwrap());
        new.permissions = [READ, WRITE].into_iter().collect();
        new.tenant = Some(tenant.parse().unwrap());
        let created = keyring.create(&Caller::operator("setup"), new).await.unwrap();
        made.push((created.key.expose().to_owned(), created.record.id.to_string()));
    }
    let handled = Handled::default();
    let app = Stack::new(Auth::keys(keys).or(tests::server::tokens()));
    let app = app.protect(routes(&handled).nest("/keys", keyring.routes())).unwrap();
    let [(red, red_id), (blue, blue_id)] = <[_; 2]>::try_from(made).unwrap();
    (app, handled, [red, blue], [red_id, blue_id])
}

#[tokio::test]
async fn a269_fifty_causes_of_401_read_like_three() {
    let (app, handled, [red, _], _) = keyed().await;
    let other = KeyFormat::with_public_checksum("acme", "live").unwrap().mint().unwrap();
    let nobody: Vec<Vec<(&'static str, String)>> = vec![
        vec![],
        vec![("cookie", "session=x".to_owned())],
        vec![("x-auth-token", "x".to_owned())],
        vec![("proxy-authorization", "Bearer x".to_owned())],
    ];
    let mut tokens: Vec<String> = [
        "x",
        "=",
        "a b",
        "a,b",
        "a\tb",
        "\u{e9}",
        "null",
        "undefined",
        "Bearer",
        "e30.e30.",
        "e30.e30.e30",
        "..",
        "a.b.c.d",
        "' OR 1=1 --",
        "%00",
        "../../etc/passwd",
        "{}",
        "[]",
        "true",
        "-1",
    ]
    .map(|token| format!("Bearer {token}"))
    .into();
    tokens.extend([
        format!("Bearer {}", &TOKEN[1..]),
        format!("Bearer {TOKEN}x"),
        format!("bearer {}", TOKEN.to_lowercase()),
    ]);
    let bearers: Vec<_> = tokens.into_iter().map(|token| vec![("authorization", token)]).collect();
    let mut presented: Vec<String> =
        ["x", "acme_live_", "acme_live_x", "acme_test_x", "' OR 1=1--", "pk_%00", "null", "0"]
            .map(str::to_owned)
            .into();
    presented.extend([
        other.expose().to_owned(),
        red[..red.len() - 1].to_owned(),
        format!("{red}x"),
        red.to_uppercase(),
        red.to_lowercase(),
        "a".repeat(256),
        "a".repeat(257),
        "a".repeat(8_000),
        red.replacen("acme", "acmf", 1),
        format!("{}0{}", &red[..red.len() - 2], &red[red.len() - 1..]),
    ]);
    let keys: Vec<_> = presented.into_iter().map(|key| vec![("x-api-key", key)]).collect();
    let mut causes = 0;
    for (class, all) in [("nobody", nobody), ("bearer", bearers), ("key", keys)] {
        let mut answers = BTreeSet::new();
        for presented in all {
            causes += 1;
            let presented: Vec<_> = presented.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = nameless(send(&app, with(get("/v1/models"), &presented)).await);
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (401, "AUTHENTICATION_FAILED"),
                "{presented:?}"
            );
            assert!(
                !answer.header("www-authenticate").is_empty()
                    || answer.headers.get_all("www-authenticate").iter().count() > 1
            );
            answers.insert(format!("{answer:?}"));
        }
        assert_eq!(answers.len(), 1, "{class}: {answers:#?}");
    }
    assert!(causes >= 40, "{causes}");
    assert_eq!(handled.count(), 0);
}

#[tokio::test]
async fn a270_nobody_learns_by_an_answer_what_there_is() {
    let (app, handled, [red, _], [_, blue_id]) = keyed().await;
    let unknown = KeyFormat::with_public_checksum("acme", "live").unwrap().mint().unwrap().id().to_string();
    let without = |answer: Answer, id: &str| format!("{:?}", nameless(answer)).replace(id, "ID");
    for (method, under) in
        [(Method::GET, ""), (Method::DELETE, ""), (Method::PATCH, ""), (Method::POST, "/rotate")]
    {
        for caller in [
            &[][..],
            &[("x-api-key", &*red)],
            &[("x-api-key", "junk")],
            &[("authorization", &*format!("Bearer {POOR}"))],
        ] {
            let mut read = Vec::new();
            for id in [&blue_id, &unknown] {
                let mut asked = with(request(method.clone(), &format!("/keys/{id}{under}")), caller);
                lines(&mut asked, &[("content-type", "application/json"), ("if-match", "*")]);
                *asked.body_mut() = Body::from(if method == Method::PATCH { r#"{"name":"x"}"# } else { "" });
                let answer = send(&app, asked).await;
                let expected: &[u16] = match caller {
                    [] | [("x-api-key", "junk")] => &[401],
                    [("x-api-key", _)] => &[404, 400, 405, 415],
                    _ => &[403],
                };
                assert!(expected.contains(&answer.status.as_u16()), "{method} {caller:?} {answer:?}");
                read.push(without(answer, id));
            }
            assert_eq!(read[0], read[1], "{method} {under}");
        }
    }
    // A handler that is there, and one that is not, read alike to whoever may see neither.
    let kept = nameless(send(&app, get("/v1/models/llama-7b")).await);
    assert_eq!(kept, nameless(send(&app, get("/v1/models/no-such-model")).await));
    assert_eq!(handled.count(), 0);
    // Blue's key is still what it was.
    assert_eq!(send(&app, with(get("/keys"), &[("x-api-key", &red)])).await.status, 200);
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
