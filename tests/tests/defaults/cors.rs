//! Cross-origin requests.

use super::{app, stack, with};
use axum::body::Body;
use http::{Method, Request};
use palisade::{Cors, CorsError, StackError};
use std::time::Duration;
use tests::{
    client::{Answer, get, request, send},
    server::{Handled, routes},
};

const GOOD: &str = "https://good.example";

fn preflight(origin: &str) -> Request<Body> {
    let request = with(request(Method::OPTIONS, "/v1/models"), "origin", origin);
    with(request, "access-control-request-method", "GET")
}

/// What a preflight of the good origin is told.
async fn told(cors: Cors) -> Answer {
    send(&app(stack().cors(cors)), preflight(GOOD)).await
}

/// The first mistake in these settings.
fn fault(cors: Cors) -> Option<CorsError> {
    let errors = stack().cors(cors).protect(routes(&Handled::default())).err()?;
    errors.iter().find_map(|error| match error {
        StackError::Cors(error) => Some(*error),
        _ => None,
    })
}

#[tokio::test]
async fn cors_is_off() {
    let app = app(stack());
    for (request, expected) in [(preflight(GOOD), 401), (with(get("/healthz"), "origin", GOOD), 200)] {
        let answer = send(&app, request).await;
        assert_eq!(answer.status, expected);
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}

#[tokio::test]
async fn cors_origins_are_exact() {
    let listed = app(stack().cors(Cors::origins([GOOD])));
    let any = app(stack().cors(Cors::any_origin()));
    for origin in [
        GOOD,
        "https://GOOD.example",
        "https://good.example:443",
        "https://good.example.evil",
        "https://a.good.example",
        "http://good.example",
        "null",
    ] {
        for request in [|origin: &str| with(get("/healthz"), "origin", origin), preflight] {
            let allowed =
                send(&listed, request(origin)).await.header("access-control-allow-origin").to_owned();
            assert_eq!(allowed, if origin == GOOD { GOOD } else { "" }, "{origin}");
            assert_eq!(send(&any, request(origin)).await.header("access-control-allow-origin"), "*");
        }
    }
    for origin in ["*", "null", "https://*.good.example", "https://good.example/", "https://GOOD.example"] {
        assert_eq!(fault(Cors::origins([origin])), Some(CorsError::Origin(0)), "{origin}");
    }
}

#[test]
fn cors_any_origin_excludes_credentials() {
    for (cors, expected) in [
        (Cors::any_origin(), None),
        (Cors::any_origin().credentials(), Some(CorsError::AnyOriginWithCredentials)),
        (Cors::origins([GOOD]).credentials(), None),
    ] {
        assert_eq!(fault(cors), expected);
    }
}

#[tokio::test]
async fn cors_allows_authorization_and_content_type() {
    for (cors, expected) in [
        (Cors::origins([GOOD]), "authorization,content-type"),
        (Cors::any_origin(), "authorization,content-type"),
        (Cors::origins([GOOD]).headers(["X-Tenant"]), "authorization,content-type,x-tenant"),
    ] {
        assert_eq!(told(cors).await.header("access-control-allow-headers"), expected);
    }
}

#[tokio::test]
async fn cors_methods_are_five() {
    for (cors, expected) in [
        (Cors::origins([GOOD]), "GET,POST,PUT,PATCH,DELETE"),
        (Cors::any_origin(), "GET,POST,PUT,PATCH,DELETE"),
        (Cors::origins([GOOD]).methods(["GET"]), "GET"),
    ] {
        assert_eq!(told(cors).await.header("access-control-allow-methods"), expected);
    }
}

#[tokio::test]
async fn preflights_are_kept_two_hours() {
    let minute = Duration::from_secs(60);
    for (cors, expected) in [(Cors::origins([GOOD]), "7200"), (Cors::origins([GOOD]).max_age(minute), "60")] {
        assert_eq!(told(cors).await.header("access-control-max-age"), expected);
    }
}

#[tokio::test]
async fn preflights_are_limited() {
    let app = app(stack().cors(Cors::origins([GOOD])).address_limit("1/hour"));
    for expected in [200, 429, 429] {
        assert_eq!(send(&app, preflight(GOOD)).await.status, expected);
    }
}
