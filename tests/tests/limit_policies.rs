//! Who is counted, by which plan, and who is not.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::Extension;
use http::{HeaderName, HeaderValue};
use palisade::{
    Auth, By, Clock, Denial, Facts, ManualClock, Principal, Protected, RateLimit, Stack, Subject, UnixTime,
    limit::{Exempt, LimitStatus, Plans},
    routes::{Routes, get},
};
use std::sync::Arc;
use tests::{
    callers::Callers,
    client::{Answer, get as request, send_from, with_token},
};

fn callers() -> Callers {
    Callers::new([
        Principal::new("api_key", "free-1").with_plan("free").with_tenant("acme"),
        Principal::new("api_key", "free-2").with_plan("free").with_tenant("acme"),
        Principal::new("api_key", "pro-1").with_plan("pro").with_tenant("umbrella"),
        Principal::new("api_key", "pro-1-rotated").with_lineage("pro-1").with_plan("pro"),
        Principal::new("api_key", "big").with_plan("free").with_scopes("unlimited".parse().unwrap()),
        Principal::new("api_key", "a:b"),
        Principal::new("api_key", "{a}"),
    ])
}

fn stack() -> Stack {
    let clock = Clock::manual(&ManualClock::new(UnixTime::from_secs(1_704_067_200)));
    Stack::new(Auth::with(callers())).clock(clock)
}

/// A service with one limit at its routes, and one for callers in front.
fn app(stack: Stack, at_routes: &RateLimit) -> Protected {
    let models = get(async || "a model").optional().guard(at_routes.clone());
    let routes = Routes::new()
        .route("/models/{name}", models)
        .route("/other", get(async || "other").optional().guard(at_routes.clone()));
    stack.protect(routes).unwrap()
}

async fn ask(app: &Protected, host: u8, token: &str, path: &str) -> Answer {
    let request = if token.is_empty() { request(path) } else { with_token(request(path), token) };
    send_from(app, [192, 0, 2, host], request).await
}

#[tokio::test]
async fn a213_who_names_a_victim_charges_nothing_of_the_victims() {
    let limit = RateLimit::new("caller", "2/hour", By::principal().or(By::client())).unwrap();
    let app = app(stack(), &limit);
    let names = [
        ("x-user-id", "free-1"),
        ("x-api-key", "free-1"),
        ("cookie", "id=free-1"),
        ("x-forwarded-for", "192.0.2.1"),
    ];
    for (name, value) in names {
        for _ in 0..2 {
            let mut claim = with_token(request("/models/a"), "free-1-but-wrong");
            claim.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(send_from(&app, [192, 0, 2, 66], claim).await.status, 401);
        }
        let mut claim = request("/models/a");
        claim.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        send_from(&app, [192, 0, 2, 66], claim).await;
    }
    let victim = ask(&app, 1, "free-1", "/models/a").await;
    assert_eq!((victim.status.as_u16(), victim.header("x-ratelimit-remaining")), (200, "1"));
    assert_eq!(ask(&app, 66, "", "/models/a").await.status, 429);
}

#[tokio::test]
async fn a214_a_caller_is_one_bucket_a_tenant_another_and_a_lineage_a_third() {
    for (by, alike, apart) in [
        (By::principal(), ("free-1", "free-1"), ("free-1", "free-2")),
        (By::tenant(), ("free-1", "free-2"), ("free-1", "pro-1")),
        (By::lineage(), ("pro-1", "pro-1-rotated"), ("pro-1", "free-1")),
        (By::principal(), ("a:b", "a:b"), ("a:b", "{a}")),
    ] {
        for ((one, two), expected) in [(alike, 429), (apart, 200)] {
            let limit = RateLimit::new("caller", "1/hour", by.clone()).unwrap();
            let app = app(stack(), &limit);
            assert_eq!(ask(&app, 1, one, "/models/a").await.status, 200);
            assert_eq!(ask(&app, 2, two, "/other").await.status, expected, "{by:?} {one} {two}");
        }
    }
    // Who has no tenant is not let through uncounted.
    let limit = RateLimit::new("caller", "1/hour", By::tenant()).unwrap();
    assert_eq!(ask(&app(stack(), &limit), 1, "a:b", "/other").await.status, 503);
}

#[tokio::test]
async fn a215_a_route_is_one_bucket_whatever_the_path() {
    let limit = RateLimit::new("route", "100/hour", By::principal().and(By::route())).unwrap();
    let app = app(stack(), &limit);
    let mut passed = 0;
    for n in 0..300 {
        let answer = ask(&app, 1, "free-1", &format!("/models/{n}")).await;
        passed += usize::from(answer.status == 200);
    }
    assert_eq!(passed, 100);
    assert_eq!(ask(&app, 1, "free-1", "/other").await.status, 200);
    assert_eq!(ask(&app, 1, "free-2", "/models/1").await.status, 200);
    // In front of the routes no route is known: a stack does not even start with such a limit.
    let outside = RateLimit::new("route", "100/hour", By::route()).unwrap();
    assert!(stack().address_limit(outside).protect(Routes::new()).is_err());
}

#[tokio::test]
async fn a188_one_network_that_walks_through_its_subnets() {
    let limit = RateLimit::new("address", "10/hour", By::client_widening(16)).unwrap();
    let app =
        app(stack().address_limit(limit), &RateLimit::new("all", "1000000/hour", By::everyone()).unwrap());
    let mut passed = 0;
    for subnet in 0..256u16 {
        for host in 0..10 {
            let ip = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0x100 + subnet, 0, 0, 0, host);
            passed += usize::from(send_from(&app, ip, request("/other")).await.status == 200);
        }
    }
    // Fifteen subnets with a quota each, and then one for all of them, instead of 256.
    assert_eq!(passed, 16 * 10);
}

#[tokio::test]
async fn plans_and_exemptions_over_a_stack() {
    let plans = Plans::new("1/hour").unwrap().plan("free", "2/hour").unwrap().plan("pro", "3/hour").unwrap();
    let plans = plans.caller("api_key", "pro-1", "4/hour").unwrap();
    let exempt =
        Exempt::nobody().scope(palisade::Scope::from_static("unlimited")).network("192.0.2.250").unwrap();
    let limit = RateLimit::plans("plan", plans, By::principal().or(By::client())).unwrap().exempt(exempt);
    let app =
        app(stack().principal_limit(limit), &RateLimit::new("all", "1000000/hour", By::everyone()).unwrap());
    let free = r#""plan:free";q=2;w=3600, "all";q=1000000;w=3600"#;
    for (token, allowed, policy) in [
        ("free-1", 2, free),
        ("free-2", 2, free),
        ("pro-1", 4, r#""plan:own";q=4;w=3600, "all";q=1000000;w=3600"#),
        ("a:b", 1, r#""plan";q=1;w=3600, "all";q=1000000;w=3600"#),
        ("", 1, r#""plan";q=1;w=3600, "all";q=1000000;w=3600"#),
    ] {
        for _ in 0..allowed {
            let answer = ask(&app, 1, token, "/other").await;
            assert_eq!((answer.status.as_u16(), answer.header("ratelimit-policy")), (200, policy), "{token}");
        }
        assert_eq!(ask(&app, 1, token, "/other").await.status, 429, "{token}");
    }
    for (host, token) in [(1, "big"), (250, "free-1"), (250, "")] {
        for _ in 0..3 {
            let answer = ask(&app, host, token, "/other").await;
            let told = answer.header("ratelimit-policy");
            assert_eq!((answer.status.as_u16(), told), (200, r#""all";q=1000000;w=3600"#), "{host} {token}");
        }
    }
}

async fn standing(
    Extension(limits): Extension<Arc<[RateLimit]>>,
    facts: Facts,
) -> Result<LimitStatus, Denial> {
    LimitStatus::of(&limits, &Subject::of(&facts)).await
}

#[tokio::test]
async fn a_caller_can_ask_where_it_stands_for_nothing() {
    let address = RateLimit::new("address", "10/minute", By::client()).unwrap();
    let plans = Plans::new("60/hour").unwrap().plan("pro", "600/hour").unwrap();
    let plan = RateLimit::plans("plan", plans, By::principal().or_exempt()).unwrap();
    let limits: Arc<[RateLimit]> = Arc::new([address.clone(), plan.clone()]);
    let status =
        get(standing).optional().guard(RateLimit::new("status", "100/minute", By::client()).unwrap());
    let shared = axum::middleware::from_fn(
        move |mut request: axum::extract::Request, next: axum::middleware::Next| {
            request.extensions_mut().insert(limits.clone());
            next.run(request)
        },
    );
    let router = stack()
        .protect(
            Routes::new()
                .route("/rate_limit", status)
                .route("/work", get(async || "done").optional().guard(address).guard(plan)),
        )
        .unwrap();
    let app = axum::Router::from(router).layer(shared);
    let ask = async |token: &str, path: &str| {
        use http_body_util::BodyExt as _;
        let mut request = if token.is_empty() { request(path) } else { with_token(request(path), token) };
        let peer = std::net::SocketAddr::from(([192, 0, 2, 1], 4_000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        let (head, body) = tower::ServiceExt::oneshot(app.clone(), request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head, serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default())
    };
    assert_eq!(ask("pro-1", "/work").await.0.status, 200);
    for _ in 0..30 {
        let (head, body) = ask("pro-1", "/rate_limit").await;
        assert_eq!(
            (head.status.as_u16(), &head.headers["cache-control"]),
            (200, &HeaderValue::from_static("no-store"))
        );
        let expected = serde_json::json!({ "limits": [
            { "policy": "address", "limit": 10, "remaining": 9, "reset": 1_704_067_206 },
            { "policy": "plan:pro", "limit": 600, "remaining": 599, "reset": 1_704_067_206 },
        ]});
        assert_eq!(body, expected);
    }
    assert_eq!(ask("", "/rate_limit").await.1["limits"].as_array().unwrap().len(), 1);
}
