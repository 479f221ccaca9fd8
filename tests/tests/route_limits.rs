//! Limits that routes declare, and routes that are spared the limits outside of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::Method;
use palisade::{
    By, Clock, ManualClock, Protected, Secret, UnixTime,
    limit::MemoryStore,
    routes::{Routes, get, public},
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
    for path in ["/health/", "//health", "/Health", "/%68ealth", "/health/../health"] {
        check(&app, 1, path, None, 429).await;
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
fn limits_and_exemptions_stand_in_the_lock() {
    let table = routes().to_string();
    for line in [
        "GET      /health         public  limit 2/minute fixed first-hit  exempt from address\n",
        "ANY      /docs/{*path}   public  limit 1/minute  mount\n",
        "GET      /models         requires read_models  limit 3/minute\n",
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
