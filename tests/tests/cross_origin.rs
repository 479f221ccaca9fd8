//! Cross-origin requests: browsers can read refusals, and preflights are no way around a limit.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::body::Body;
use http::{Method, Request};
use palisade::{Cors, NetworkRules, Networks, Stack};
use tests::{
    client::{get, request, send, with},
    server::{Handled, routes, stack, stack_with_cors},
};

fn from(origin: &str, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("origin", origin.parse().unwrap());
    request
}

fn preflight(origin: &str) -> Request<Body> {
    let mut request = from(origin, request(Method::OPTIONS, "/v1/models"));
    request.headers_mut().insert("access-control-request-method", "GET".parse().unwrap());
    request.headers_mut().insert("access-control-request-headers", "authorization".parse().unwrap());
    request
}

fn app(stack: Stack, handled: &Handled) -> palisade::Protected {
    stack.protect(routes(handled)).unwrap()
}

#[tokio::test]
async fn a329_a_true_preflight_needs_no_credential() {
    let handled = Handled::default();
    let app = app(stack_with_cors(), &handled);
    let answer = send(&app, preflight("https://good.example")).await;
    assert!(answer.status.is_success());
    assert_eq!(answer.header("access-control-allow-origin"), "https://good.example");
    assert!(answer.header("access-control-allow-headers").contains("authorization"));
    assert_eq!(handled.count(), 0);
    // OPTIONS that is no preflight is an undeclared method like any other.
    assert_eq!(send(&app, request(Method::OPTIONS, "/v1/models")).await.status, 401);
}

#[tokio::test]
async fn a331_refusals_can_be_read_by_the_page() {
    let app = app(stack_with_cors().address_limit("1/minute"), &Handled::default());
    for expected in [401, 429] {
        let answer = send(&app, from("https://good.example", get("/v1/models"))).await;
        assert_eq!(answer.status.as_u16(), expected);
        assert_eq!(answer.header("access-control-allow-origin"), "https://good.example");
        let exposed = answer.header("access-control-expose-headers");
        for name in ["retry-after", "x-ratelimit-remaining", "www-authenticate", "ratelimit"] {
            assert!(exposed.contains(name), "{exposed}");
        }
        assert!(!answer.code().is_empty());
    }
}

#[tokio::test]
async fn a332_other_origins_get_nothing() {
    let app = app(stack_with_cors(), &Handled::default());
    for origin in [
        "https://evil.example",
        "null",
        "https://good.example.evil",
        "https://GOOD.example",
        "https://good.example:8443",
    ] {
        for request in [from(origin, get("/healthz")), preflight(origin)] {
            assert_eq!(send(&app, request).await.header("access-control-allow-origin"), "", "{origin}");
        }
    }
}

#[tokio::test]
async fn a333_any_origin_with_credentials_does_not_build() {
    let error =
        stack().cors(Cors::any_origin().credentials()).protect(routes(&Handled::default())).unwrap_err();
    assert!(error.to_string().contains("any origin"), "{error}");
}

#[tokio::test]
async fn a334_a_flood_of_preflights_is_limited() {
    let app = app(stack_with_cors().address_limit("10/minute"), &Handled::default());
    for _ in 0..10 {
        assert!(send(&app, preflight("https://good.example")).await.status.is_success());
    }
    let refused = send(&app, preflight("https://good.example")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "RATE_LIMITED"));
}

#[tokio::test]
async fn without_cors_nothing_of_it_shows() {
    let app = app(stack(), &Handled::default());
    let answer = send(&app, preflight("https://good.example")).await;
    assert_eq!(answer.status, 401);
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
}

/// What is refused before CORS has its turn.
#[tokio::test]
async fn a331_refusals_of_the_outermost_fences_can_be_read_too() {
    let nobody = || Networks::new(NetworkRules::new().allow(["203.0.113.0/24"]).unwrap());
    let long = format!("/healthz?{}", "x".repeat(9_000));
    let heavy = "x".repeat(20_000);
    let big = with(request(Method::POST, "/v1/models"), &[("content-length", "99999999")]);
    for (stack, request, expected) in [
        (stack_with_cors(), get("//healthz"), 400),
        (stack_with_cors(), with(get("/healthz"), &[("host", "a b")]), 400),
        (stack_with_cors().networks(nobody()), get("/healthz"), 403),
        (stack_with_cors().require_https(), get("/healthz"), 403),
        (stack_with_cors(), get(&long), 414),
        (stack_with_cors(), with(get("/healthz"), &[("x-heavy", &heavy)]), 431),
        (stack_with_cors(), big, 401),
    ] {
        let app = app(stack, &Handled::default());
        let answer = send(&app, from("https://good.example", request)).await;
        assert_eq!(answer.status.as_u16(), expected);
        let all = answer.headers.get_all("access-control-allow-origin").iter();
        assert_eq!(all.collect::<Vec<_>>(), ["https://good.example"], "{expected}");
        assert!(answer.header("access-control-expose-headers").contains("x-request-id"), "{expected}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|line| line.to_str().unwrap()).collect();
        assert!(vary.join(",").to_lowercase().contains("origin"), "{expected} {vary:?}");
        assert!(!answer.code().is_empty());
    }
    // Pages of other origins, and whoever sends none, learn what they learned before.
    let app = app(stack_with_cors().networks(nobody()), &Handled::default());
    for origin in ["https://evil.example", "null", "https://good.example.evil"] {
        let answer = send(&app, from(origin, get("/healthz"))).await;
        assert_eq!(answer.status, 403);
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{answer:?}");
    }
    let answer = send(&app, get("/healthz")).await;
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{answer:?}");
}
