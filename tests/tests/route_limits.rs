//! Limits that routes declare, and routes that are spared the limits outside of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::Method;
use palisade::{
    By, Clock, ManualClock, Moment, Protected, RateLimit, Reply, Scope, Secret, StackLimits, Subject,
    UnixTime,
    limit::{
        Charge, Exempt, Fallback, MemoryStore, Op, Outcome, Plans, RateStore, StoreError, StoreErrorKind,
    },
    routes::{Routes, get, post, public},
};
use std::{sync::Arc, time::Duration};
use tests::{
    client::{Answer, get as ask, request, send, send_from, with_token},
    server::{POOR, READ, TOKEN, stack},
};

fn routes() -> Routes {
    Routes::new()
        .route(
            "/health",
            get(async || "ok").public().limit("2/minute fixed first-hit").exempt_from("address"),
        )
        .route(
            "/models",
            get(async || "[]").requires(READ).limit("3/minute").post(async || ()).requires(READ),
        )
        .route("/models/{name}", get(async || "one").requires(READ).limit("2/minute; 100/hour"))
        .route("/tenant", get(async || "").public().limit_by(By::everyone(), "1/minute"))
        .mount("/docs", public().limit("1/minute"), axum::Router::new().fallback(async || "docs"))
}

fn app() -> (ManualClock, Protected) {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let app = stack().address_limit("4/minute").clock(Clock::manual(&time)).protect(routes()).unwrap();
    (time, app)
}

async fn check(app: &Protected, host: u8, path: &str, token: Option<&str>, expected: u16) -> Answer {
    let request = match token {
        Some(token) => with_token(ask(path), token),
        None => ask(path),
    };
    let answer = send_from(app, [192, 0, 2, host], request).await;
    assert_eq!(answer.status, expected, "{path}: {answer:?}");
    answer
}

#[tokio::test]
async fn a_route_counts_for_itself() {
    let (time, app) = app();
    let first = check(&app, 1, "/health", None, 200).await;
    assert_eq!(first.header("ratelimit-policy"), "\"GET /health\";q=2;w=60");
    assert_eq!(first.header("x-ratelimit-remaining"), "1");
    time.advance(Duration::from_secs(20));
    check(&app, 1, "/health", None, 200).await;
    let refused = check(&app, 1, "/health", None, 429).await;
    // The window began with the first hit.
    assert_eq!(refused.header("retry-after"), "40");
    assert_eq!(refused.code(), "RATE_LIMITED");
    check(&app, 2, "/health", None, 200).await;
    time.advance(Duration::from_secs(40));
    check(&app, 1, "/health", None, 200).await;
}

#[tokio::test]
async fn it_counts_callers_after_the_policy_and_methods_apart() {
    let (_, app) = app();
    // Nobody who may not call is counted.
    check(&app, 9, "/models", None, 401).await;
    check(&app, 9, "/models", Some(POOR), 403).await;
    for host in [1, 2, 3] {
        check(&app, host, "/models", Some(TOKEN), 200).await;
    }
    // One caller, whatever the address.
    check(&app, 4, "/models", Some(TOKEN), 429).await;
    let posted = send(&app, with_token(request(Method::POST, "/models"), TOKEN)).await;
    assert_eq!(posted.status, 200);
}

#[tokio::test]
async fn a215_names_below_a_template_share_its_limit() {
    let (_, app) = app();
    check(&app, 1, "/models/a", Some(TOKEN), 200).await;
    check(&app, 2, "/models/b", Some(TOKEN), 200).await;
    check(&app, 3, "/models/c", Some(TOKEN), 429).await;
}

#[tokio::test]
async fn a_route_can_count_everybody_together_and_a_mount_as_one() {
    let (_, app) = app();
    check(&app, 1, "/tenant", None, 200).await;
    check(&app, 2, "/tenant", None, 429).await;
    check(&app, 3, "/docs/a", None, 200).await;
    check(&app, 3, "/docs/b", None, 429).await;
}

#[tokio::test]
async fn an_exempt_route_is_neither_charged_nor_refused() {
    let (_, app) = app();
    for _ in 0..4 {
        check(&app, 1, "/nothing", None, 404).await;
    }
    check(&app, 1, "/nothing", None, 429).await;
    let health = check(&app, 1, "/health", None, 200).await;
    assert_eq!(health.header("ratelimit-policy"), "\"GET /health\";q=2;w=60");
    let head = send_from(&app, [192, 0, 2, 1], request(Method::HEAD, "/health")).await;
    assert_eq!(head.status, 200);
    // No other spelling of the path is spared.
    for path in ["/health/", "/Health", "/%68ealth"] {
        check(&app, 1, path, None, 429).await;
    }
    // Those that can be read in two ways do not come so far.
    for path in ["//health", "/health/../health"] {
        check(&app, 1, path, None, 400).await;
    }
}

#[tokio::test]
async fn several_processes_count_together_in_one_store() {
    let store = Arc::new(MemoryStore::new());
    let secret = Secret::new("0123456789abcdef");
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let process = || {
        let stack = stack().limit_store(store.clone(), &secret).clock(Clock::manual(&time));
        stack.address_limit("4/minute").protect(routes()).unwrap()
    };
    let (one, other) = (process(), process());
    check(&one, 1, "/docs/a", None, 200).await;
    check(&other, 1, "/docs/a", None, 429).await;
    check(&one, 1, "/nothing", None, 404).await;
    check(&other, 1, "/nothing", None, 404).await;
    check(&one, 1, "/nothing", None, 429).await;
}

#[test]
fn every_mistake_is_told_at_once() {
    let routes = Routes::new()
        .route("/a", get(async || "").public().limit("5/fortnight"))
        .route("/b", get(async || "").public().exempt_from("adress"));
    let errors = stack()
        .address_limit("0/minute")
        .limit_store(Arc::new(MemoryStore::new()), &Secret::new("short"))
        .protect(routes)
        .unwrap_err()
        .to_string();
    for told in ["/a: limit `5/fortnight`: ", "/b: exempt from `adress`", "shorter than 16 bytes", "0"] {
        assert!(errors.contains(told), "{told}: {errors}");
    }
    let alone: Routes = Routes::new().route("/a", get(async || "").public().limit("5/minute"));
    assert!(alone.into_router().unwrap_err().to_string().contains("nobody counts"));
}

#[test]
fn a_limit_cannot_look_at_what_is_not_known_where_it_stands() {
    let by = |by: By| RateLimit::new("x", "5/minute", by).unwrap();
    let plans = Plans::new("1/hour").unwrap().plan("pro", "3/hour").unwrap();
    let planned = RateLimit::plans("x", plans, By::client()).unwrap();
    let spares = by(By::client()).exempt(Exempt::nobody().principal("token", "ci"));
    for limit in [by(By::principal()), by(By::client().or(By::tenant())), planned.clone(), spares] {
        let errors = stack().address_limit(limit).protect(routes()).unwrap_err().to_string();
        assert_eq!(
            errors,
            "address_limit: looks at the caller, who is not known there: use `principal_limit`"
        );
    }
    assert!(stack().address_limit(by(By::client())).principal_limit(planned).protect(routes()).is_ok());
    let by_route = by(By::principal().or(By::client()).and(By::route()));
    let errors = stack().principal_limit(by_route).protect(routes()).unwrap_err().to_string();
    assert!(errors.starts_with("principal_limit: counts by route, which is not known there"), "{errors}");
}

#[test]
fn a_limit_that_counts_callers_alone_does_not_stand_where_anybody_may_call() {
    let only =
        [By::principal(), By::lineage(), By::tenant().or(By::principal()), By::client().and(By::principal())];
    for by in only {
        let limit = RateLimit::new("x", "5/minute", by.clone()).unwrap();
        let errors = stack().principal_limit(limit).protect(routes()).unwrap_err().to_string();
        assert!(errors.starts_with("principal_limit: counts callers alone"), "{by:?}: {errors}");
        assert!(errors.ends_with("as `.or(By::client())`"), "{errors}");
        let open = [get(async || "").public(), get(async || "").optional()];
        for route in open {
            let routes = Routes::new().route("/open", route.limit_by(by.clone(), "5/minute"));
            let errors = stack().protect(routes).unwrap_err().to_string();
            assert!(errors.contains("/open: limit `5/minute`: counts callers alone"), "{by:?}: {errors}");
        }
        let closed = Routes::new().route("/own", get(async || "").authenticated().limit_by(by, "5/minute"));
        assert!(stack().protect(closed).is_ok());
    }
    let all = [
        By::principal().or(By::client()),
        By::tenant().or_shared(),
        By::lineage().or_exempt(),
        By::client().and(By::principal().or_shared()),
        By::client().and(By::principal()).or(By::client()),
    ];
    for by in all {
        let limit = RateLimit::new("x", "5/minute", by.clone()).unwrap();
        let routes = routes().route("/open", get(async || "").public().limit_by(by.clone(), "5/minute"));
        assert!(stack().principal_limit(limit).protect(routes).is_ok(), "{by:?}");
    }
}

#[test]
fn limits_and_exemptions_stand_in_the_lock() {
    let table = routes().to_string();
    for line in [
        "GET      /health         public  limit 2/minute fixed first-hit  exempt from address\n",
        "ANY      /docs/{*path}   public  limit 1/minute  mount\n",
        "GET      /models         requires read_models  limit 3/minute\n",
        "GET      /tenant         public  limit 1/minute by everyone\n",
    ] {
        assert!(table.contains(line), "{table}");
    }
    // Losing a limit opens a route as losing a guard does.
    let dir = tempfile::tempdir().unwrap();
    let lock = dir.path().join("security.lock");
    routes().lock().write(&lock).unwrap();
    let without: Routes = Routes::new().route("/tenant", get(async || "").public());
    let diff = without.lock().check(&lock).unwrap_err().to_string();
    assert!(diff.contains("+ GET      /tenant  public   ← this route opens"), "{diff}");
}

#[tokio::test]
async fn callers_are_told_where_they_stand_and_are_not_charged_for_it() {
    let limits = StackLimits::new();
    let status = get(limits.status()).optional().limit("30/minute");
    let routes = routes().route("/rate_limit", status.exempt_from("address").exempt_from("principal"));
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let stack = stack().address_limit("4/minute").principal_limit("60/minute").clock(Clock::manual(&time));
    let app = stack.limits(&limits).protect(routes).unwrap();
    check(&app, 1, "/models", Some(TOKEN), 200).await;
    let standing = async |token| {
        let body = check(&app, 1, "/rate_limit", token, 200).await.body;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let limits = body["limits"].as_array().unwrap().clone();
        move |policy: &str| {
            limits
                .iter()
                .find(|limit| limit["policy"] == policy)
                .map(|limit| limit["remaining"].as_u64().unwrap())
        }
    };
    for _ in 0..3 {
        let known = standing(Some(TOKEN)).await;
        assert_eq!(
            (known("address"), known("principal"), known("GET /models")),
            (Some(3), Some(59), Some(2))
        );
        let stranger = standing(None).await;
        assert_eq!(
            (stranger("address"), stranger("principal"), stranger("GET /models")),
            (Some(3), Some(60), None)
        );
        assert_eq!(stranger("GET /health"), Some(2));
    }
    // It has a limit of its own.
    for _ in 0..24 {
        check(&app, 1, "/rate_limit", None, 200).await;
    }
    check(&app, 2, "/rate_limit", None, 200).await;
    let handle = limits.get("address").unwrap();
    let guesser = handle.of(&Subject::client([192, 0, 2, 7].into())).unwrap().unwrap();
    guesser.block_for(Duration::from_secs(900)).await.unwrap();
    check(&app, 7, "/nothing", None, 429).await;
}

#[tokio::test]
async fn the_same_words_twice_at_one_route_are_two_limits() {
    let secret = Secret::new("0123456789abcdef");
    let twice = get(async || "").public().limit("2/minute").limit_by(By::client(), "2/minute");
    let stack = stack().limit_store(Arc::new(MemoryStore::new()), &secret);
    let app = stack.protect(Routes::new().route("/twice", twice)).unwrap();
    let first = check(&app, 1, "/twice", None, 200).await;
    let policies = "\"GET /twice 2/minute\";q=2;w=60, \"GET /twice 2/minute (2)\";q=2;w=60";
    assert_eq!(first.header("ratelimit-policy"), policies);
    assert_eq!(first.header("x-ratelimit-remaining"), "1");
    check(&app, 1, "/twice", None, 200).await;
    check(&app, 1, "/twice", None, 429).await;
}

#[tokio::test]
async fn a_standing_is_that_of_the_route_with_the_limit_and_of_routes_that_one_may_call() {
    let limits = StackLimits::new();
    let routes = Routes::new()
        .route("/a", get(async || "").public().limit_by(By::client().and(By::route()), "4/minute"))
        .route("/admin", get(async || "").requires(READ & Scope::from_static("admin")).limit("5/minute"))
        .route("/models", get(async || "").requires(READ).limit("6/minute"))
        .route("/rate_limit", get(limits.status()).optional());
    let app = stack().limits(&limits).protect(routes).unwrap();
    check(&app, 1, "/a", None, 200).await;
    let policies = async |token| -> Vec<(String, u64)> {
        let body: serde_json::Value =
            serde_json::from_slice(&check(&app, 1, "/rate_limit", token, 200).await.body).unwrap();
        let told = |limit: &serde_json::Value| {
            (limit["policy"].as_str().unwrap().to_owned(), limit["remaining"].as_u64().unwrap())
        };
        body["limits"].as_array().unwrap().iter().map(told).collect()
    };
    let (a, models) = (("GET /a".to_owned(), 3), ("GET /models".to_owned(), 6));
    assert_eq!(policies(None).await, std::slice::from_ref(&a));
    assert_eq!(policies(Some(POOR)).await, std::slice::from_ref(&a));
    assert_eq!(policies(Some(TOKEN)).await, [a, models]);
}

/// A store that is down.
#[derive(Debug)]
struct Down;

impl RateStore for Down {
    fn apply(&self, _: Op, _: &[Charge<'_>], _: Moment) -> Reply<Result<Outcome, StoreError>> {
        Reply::now(Err(StoreErrorKind::Unavailable.into()))
    }
}

#[tokio::test]
async fn a_route_that_is_never_open_stays_shut_where_a_store_may_open_the_others() {
    let routes = || {
        Routes::new()
            .route("/models", get(async || "").public().limit("5/minute"))
            .route("/login", post(async || "").policy(public().limit("5/minute").never_open()))
            .route("/unlimited", get(async || "").policy(public().never_open()))
            .route("/exempt", get(async || "").policy(public().never_open().exempt_from("address")))
    };
    let store = Arc::new(Fallback::dangerous_open(Arc::new(Down)));
    let secret = Secret::new("0123456789abcdef");
    let open = || stack().limit_store(store.clone(), &secret);
    let outside = open().address_limit("5/minute").protect(routes()).unwrap();
    let routes_alone = open().protect(routes()).unwrap();
    for (app, path, status) in [
        (&outside, "/models", 200),
        (&outside, "/unlimited", 503),
        // Nothing was asked about it.
        (&outside, "/exempt", 200),
        (&routes_alone, "/models", 200),
        (&routes_alone, "/unlimited", 200),
    ] {
        check(app, 1, path, None, status).await;
    }
    for app in [&outside, &routes_alone] {
        let refused = send(app, request(Method::POST, "/login")).await;
        assert_eq!(refused.status, 503);
        assert_eq!(refused.code(), "SERVICE_UNAVAILABLE");
        assert!(String::from_utf8_lossy(&refused.body).contains(r#""kind":"limiter_unavailable""#));
    }
    let reporting = open().address_limit("5/minute").report_only().protect(routes()).unwrap();
    assert_eq!(send(&reporting, request(Method::POST, "/login")).await.status, 200);
}
