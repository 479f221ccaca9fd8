//! How refusals read.

use super::{app, log::Log, stack, with};
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode, Version};
use palisade::{
    By, Denial, DenialKind, Envelope, Format, RateLimit,
    routes::{Routes, get},
};
use serde_json::json;
use std::io;
use tests::{
    client::{get as read, request, send, with_token},
    server::{CANARY, POOR, TOKEN},
};

const INTERNAL: &str = r#"{"error":{"code":"INTERNAL_ERROR","message":"Internal error","details":null}}"#;

#[tokio::test]
async fn refusals_are_json_unless_asked() {
    let (json, problem) = ("application/json", "application/problem+json");
    let moved = || stack().envelope(Envelope::new(Format::Problem));
    for (stack, accept, expected) in [
        (stack(), None, json),
        (stack(), Some("*/*"), json),
        (stack(), Some("text/html"), json),
        (stack(), Some(problem), problem),
        (stack(), Some("application/problem+json;q=0.5, application/json"), json),
        (moved(), None, problem),
    ] {
        let plain = read("/v1/models");
        let request = accept.map_or(plain, |accept| with(read("/v1/models"), "accept", accept));
        let answer = send(&app(stack), request).await;
        assert_eq!(answer.header("content-type"), expected, "{accept:?}");
    }
}

#[tokio::test]
async fn texts_of_others_are_left_alone() {
    let routes = || {
        let say = |status: StatusCode, text: &'static str| get(async move || (status, text)).public();
        Routes::new()
            .route("/bare", say(StatusCode::CONFLICT, ""))
            .route("/long", say(StatusCode::PAYLOAD_TOO_LARGE, "text"))
            .route("/said", say(StatusCode::CONFLICT, "text"))
            .route("/text", say(StatusCode::UNPROCESSABLE_ENTITY, "text"))
            .route("/fine", say(StatusCode::OK, "text"))
    };
    let dressing = stack().envelope(Envelope::new(Format::Negotiated).dress_rejections());
    for (stack, said, text) in
        [(stack(), (409, ""), (422, "")), (dressing, (409, "CONFLICT"), (400, "VALIDATION_ERROR"))]
    {
        let app = stack.protect(routes()).unwrap();
        for (path, expected) in [
            ("/bare", (409, "CONFLICT")),
            ("/long", (413, "PAYLOAD_TOO_LARGE")),
            ("/said", said),
            ("/text", text),
            ("/fine", (200, "")),
        ] {
            let answer = send(&app, read(path)).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), expected, "{path}");
            assert_eq!(answer.body == "text", expected.1.is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn messages_are_constants() {
    // Nothing that lives shorter than the program can be a message.
    let _: fn(Denial, &'static str) -> Denial = Denial::with_message;
    for kind in DenialKind::ALL.iter().copied() {
        assert_eq!(Denial::new(kind).message(), kind.message());
        let refuse = async move || -> Response {
            Denial::new(kind).because("canary_reason").with_source(io::Error::other(CANARY)).into_response()
        };
        let app = stack().protect(Routes::new().route("/{name}", get(refuse).public())).unwrap();
        let answer = format!("{:?}", send(&app, read("/canary?canary")).await);
        assert!(answer.contains(kind.message()) && !answer.contains("canary"), "{answer}");
    }
}

#[test]
fn details_stand_where_they_tell_nothing() {
    for kind in DenialKind::ALL {
        let kept = Denial::new(*kind).with_details(json!({ "a": 1 })).details().is_some();
        assert_eq!(kept, matches!(kind.status().as_u16(), 400 | 429 | 503), "{kind:?}");
        assert!(Denial::new(*kind).details().is_none());
    }
}

#[tokio::test]
async fn refusals_are_not_stored() {
    let app = app(stack().principal_limit("1/hour"));
    let twice = with(with(read("/v1/models"), "authorization", "a"), "authorization", "b");
    let models = || with_token(read("/v1/models"), TOKEN);
    let poor = || with_token(read("/v1/models"), POOR);
    for (request, expected) in [
        (models(), 200),
        (models(), 429),
        (poor(), 403),
        (with(read("/healthz"), "x", &"x".repeat(20_000)), 431),
        (twice, 400),
        (read("/nowhere"), 429),
    ] {
        let answer = send(&app, request).await;
        assert_eq!(answer.status, expected);
        let told = (answer.header("cache-control"), answer.header("x-content-type-options"));
        assert_eq!(told, ("no-store", "nosniff"), "{expected}");
    }
    // A gRPC refusal has no content that could be taken for something else.
    let mut grpc = with(request(Method::POST, "/v1/models"), "content-type", "application/grpc");
    *grpc.version_mut() = Version::HTTP_2;
    let grpc = send(&app, grpc).await;
    let told = ["grpc-status", "cache-control", "x-content-type-options"].map(|name| grpc.header(name));
    assert_eq!(told, ["8", "no-store", ""]);
}

#[test]
fn what_cannot_be_decided_says_when() {
    for kind in DenialKind::ALL {
        let denial = Denial::new(*kind);
        assert_eq!(denial.retry_after_seconds(), (kind.status() == 503).then_some(1), "{kind:?}");
        for (said, told) in [(0, 1), (30, 30)] {
            assert_eq!(denial.clone().retry_after(said).retry_after_seconds(), Some(told));
        }
    }
}

#[tokio::test]
async fn panics_read_like_any_500() {
    let limit = RateLimit::new("address", "1/hour", By::client()).unwrap().cost_of(|_| panic!("{CANARY}"));
    // A handler's, and one of a guard outside of everything that gives words.
    for (stack, words) in
        [(stack(), "a handler panicked"), (stack().address_limit(limit), "a guard panicked")]
    {
        let (log, _listening) = Log::listen();
        let answer = send(&app(stack), with_token(request(Method::GET, "/v1/panic"), TOKEN)).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (500, INTERNAL.as_bytes()));
        let told =
            ["content-type", "cache-control", "x-content-type-options"].map(|name| answer.header(name));
        assert_eq!(told, ["application/json", "no-store", "nosniff"]);
        assert!(log.says(&["ERROR", "palisade::panic", words, CANARY]));
    }
}
