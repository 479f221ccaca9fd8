//! A whole service that has too much to do.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::{
    body::Body,
    extract::ConnectInfo,
    routing::{any, get as plain},
};
use futures_util::stream;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use palisade::{
    Overload, Protected, Stack,
    routes::{Routes, get, public},
};
use std::{convert::Infallible, net::SocketAddr};
use tests::{
    client::{Answer, get as request, request as with_method, send, with_token},
    server::{TOKEN, stack, stack_with_cors},
};
use tower::ServiceExt as _;

/// Opens a response and keeps its body unread.
async fn open(app: &Protected, path: &str) -> (u16, Body) {
    let mut request = request(path);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    (head.status.as_u16(), body)
}

async fn endless() -> Body {
    Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>("more")))
}

fn routes() -> Routes {
    Routes::new()
        .route("/stream", get(endless).public())
        .route("/models", get(async || "llama-7b").authenticated())
        .route("/healthz", get(async || "ok").public().critical())
        .mount("/mounted", public(), axum::Router::new().route("/page", plain(async || "a page")))
        .mount("/vital", public().critical(), axum::Router::new().fallback(any(endless)))
}

fn app(stack: Stack) -> Protected {
    stack.protect(routes()).unwrap()
}

fn from_a_page(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("origin", "https://good.example".parse().unwrap());
    request
}

fn is_overload(answer: &Answer) -> bool {
    let words = String::from_utf8_lossy(&answer.body).into_owned();
    (answer.status.as_u16(), answer.code().as_str()) == (503, "SERVICE_UNAVAILABLE")
        && words.contains(r#""kind":"overloaded""#)
        && answer.header("retry-after") == "1"
}

#[tokio::test]
async fn too_many_in_flight_are_503_and_nobody_pays_for_it() {
    let app = app(stack_with_cors().in_flight_limit(2).address_limit("10/minute"));
    let (_, one) = open(&app, "/stream").await;
    let (_, _two) = open(&app, "/stream").await;
    // Whatever is asked for, and whoever asks: no token is looked at, no path looked up, no quota charged.
    for path in ["/models", "/nowhere", "/healthz", "/stream", "/mounted/page"] {
        let answer = send(&app, with_token(from_a_page(request(path)), "not-even-a-token-of-ours")).await;
        assert!(is_overload(&answer), "{path}: {answer:?}");
        assert!(answer.headers.keys().all(|name| !name.as_str().contains("ratelimit")), "{answer:?}");
        // A page can read it, and the request has its name.
        assert_eq!(answer.header("access-control-allow-origin"), "https://good.example");
        assert!(!answer.header("x-request-id").is_empty());
    }
    // Preflights are answered outside, and count nothing.
    let mut preflight = from_a_page(with_method(Method::OPTIONS, "/models"));
    preflight.headers_mut().insert("access-control-request-method", "GET".parse().unwrap());
    assert!(send(&app, preflight).await.status.is_success());
    drop(one);
    let answer = send(&app, with_token(request("/models"), TOKEN)).await;
    // Two streams, one preflight and this one.
    assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, "6"));
}

#[tokio::test]
async fn a_reserve_is_for_critical_routes() {
    let overload = Overload::new(4).unwrap().reserve(2).unwrap();
    let app = app(stack().in_flight_limit(overload.clone()));
    let (_, one) = open(&app, "/stream").await;
    let (_, two) = open(&app, "/stream").await;
    for path in ["/stream", "/mounted/page"] {
        assert!(is_overload(&send(&app, request(path)).await), "{path}");
    }
    // The policy of a route comes first: a stranger takes nothing from it.
    assert_eq!(send(&app, request("/models")).await.status, 401);
    assert!(is_overload(&send(&app, with_token(request("/models"), TOKEN)).await));
    assert_eq!(send(&app, request("/healthz")).await.body, "ok");
    assert_eq!((overload.in_flight(), overload.ordinary().in_flight()), (2, 2));

    let (status, vital) = open(&app, "/vital/pump").await;
    let (_, another) = open(&app, "/vital/pump").await;
    assert_eq!((status, overload.in_flight()), (200, 4));
    assert!(is_overload(&send(&app, request("/healthz")).await));
    drop(one);
    // One place is free, and it may be an ordinary one.
    assert_eq!(send(&app, request("/mounted/page")).await.body, "a page");
    drop((two, vital, another));
    assert_eq!((overload.in_flight(), overload.ordinary().in_flight()), (0, 0));
}

#[tokio::test]
async fn the_limit_of_a_route_does_not_pay_for_a_service_that_is_busy() {
    let overload = Overload::new(3).unwrap().reserve(2).unwrap();
    let routes = routes().route("/counted", get(async || "ok").public().limit("2/minute"));
    let app = stack().in_flight_limit(overload).protect(routes).unwrap();
    let (_, stream) = open(&app, "/stream").await;
    for _ in 0..3 {
        assert!(is_overload(&send(&app, request("/counted")).await));
    }
    drop(stream);
    let answer = send(&app, request("/counted")).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, "1"));
}

#[tokio::test]
async fn on_one_route_it_is_that_routes() {
    let overload = Overload::new(1).unwrap();
    let routes = Routes::new()
        .route("/stream", get(endless).public().guard(overload.clone()))
        .route("/healthz", get(async || "ok").public());
    let app = stack().protect(routes).unwrap();
    let (_, one) = open(&app, "/stream").await;
    assert!(is_overload(&send(&app, request("/stream")).await));
    assert_eq!(send(&app, request("/healthz")).await.status, 200);
    drop(one);
    let (status, two) = open(&app, "/stream").await;
    assert_eq!((status, overload.in_flight()), (200, 1));
    drop(two);
    assert_eq!(overload.in_flight(), 0);
}

#[tokio::test]
async fn the_same_one_around_and_at_a_route_counts_once() {
    let overload = Overload::new(1).unwrap();
    let routes = Routes::new().route("/", get(async || "ok").public().guard(overload.clone()));
    let app = stack().in_flight_limit(overload.clone()).protect(routes).unwrap();
    for _ in 0..3 {
        assert_eq!((send(&app, request("/")).await.status.as_u16(), overload.in_flight()), (200, 0));
    }
}

#[tokio::test]
async fn report_only_lets_them_pass_and_counts_right() {
    let overload = Overload::new(2).unwrap().reserve(1).unwrap();
    let app = app(stack().in_flight_limit(overload.clone()).report_only());
    let mut bodies = Vec::new();
    for _ in 0..5 {
        let (status, body) = open(&app, "/stream").await;
        assert_eq!(status, 200);
        bodies.push(body);
    }
    assert_eq!((overload.in_flight(), overload.ordinary().in_flight()), (2, 1));
    assert!(bodies[4].frame().await.is_some());
    bodies.clear();
    assert_eq!((overload.in_flight(), overload.ordinary().in_flight()), (0, 0));
}

#[test]
fn a_mistake_is_told_with_the_others() {
    let errors = stack().in_flight_limit(0).address_limit("0/second").protect(routes()).unwrap_err();
    assert_eq!(errors.iter().count(), 2, "{errors}");
    let told = errors.to_string();
    assert!(
        told.starts_with("in_flight_limit: a limit on requests in flight is 1 to 1000000\naddress_limit: "),
        "{told}"
    );
}
