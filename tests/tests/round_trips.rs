//! How often a stack asks the store that its nodes share.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use palisade::{
    Protected, Secret, Stack, StackLimits,
    redis::RedisStore,
    routes::{Routes, get},
};
use std::{sync::Arc, time::Duration};
use tests::{
    client::{self, Answer, send, with_token},
    redis::{Redis, scripts},
    server::{TOKEN, stack},
};

fn app(redis: &Redis, limits: &StackLimits) -> Protected {
    let routes = Routes::new()
        .route("/free", get(async || "here").optional().exempt_from("address"))
        .route("/plain", get(async || "here").optional())
        .route("/limited", get(async || "here").optional().limit("1000/minute; 9000/hour"))
        .route("/standing", get(limits.status()).optional().exempt_from("address").exempt_from("principal"));
    // As slow as may be, on a machine that is busy with other things.
    let store =
        RedisStore::builder(redis.url()).operation_timeout(Duration::from_millis(250)).build().unwrap();
    let stack: Stack = stack()
        .address_limit("1000/second")
        .principal_limit("1000/minute; 9000/hour fixed; 90000/day sliding")
        .limits(limits)
        .limit_store(Arc::new(store), &Secret::new("the same on every node"));
    stack.protect(routes).unwrap()
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// One step of the store for each limit that counts a request, however many quotas it has, and one for all of them together where a
/// caller asks how they stand.
#[tokio::test]
async fn a_limit_asks_once_and_so_does_whoever_looks_at_all() {
    let Some(redis) = Redis::start() else { return };
    let limits = StackLimits::new();
    let app = app(&redis, &limits);
    // The script is told to the server with the first call.
    assert_eq!(send(&app, client::get("/limited")).await.status, 200);
    // The limit of callers counts strangers too, by their address.
    for (path, token, expected) in [
        ("/free", None, 1),
        ("/plain", None, 2),
        ("/plain", Some(TOKEN), 2),
        ("/limited", None, 3),
        ("/limited", Some(TOKEN), 3),
        ("/standing", None, 1),
        ("/standing", Some(TOKEN), 1),
    ] {
        let before = scripts(&redis);
        let asked = match token {
            Some(token) => with_token(client::get(path), token),
            None => client::get(path),
        };
        let answer = send(&app, asked).await;
        assert_eq!(answer.status, 200, "{path} {}", text(&answer));
        assert_eq!(scripts(&redis) - before, expected, "{path} {token:?}");
    }
    let told = send(&app, with_token(client::get("/standing"), TOKEN)).await;
    assert!(["address", "principal"].iter().all(|name| text(&told).contains(name)), "{}", text(&told));
}
