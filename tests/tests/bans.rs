//! Bans that several processes share.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use palisade::{
    Auth, Protected, Secret, Sign, Stack, StackLimits, Tracing,
    observe::{Suspicions, Threshold},
    redis::RedisStore,
};
use std::{sync::Arc, time::Duration};
use tests::{
    client::{get, send_from, with_token},
    redis::Redis,
    server::{Handled, TOKEN, routes, tokens},
};
use tokio::time::sleep;

const GUESSER: [u8; 4] = [192, 0, 2, 66];

/// A process of the service; all of them count in this Redis.
fn node(redis: &Redis, handled: &Handled) -> Protected {
    let limits = StackLimits::new();
    let bans = limits.clone();
    let suspicions = Suspicions::new(Tracing)
        .unwrap()
        .threshold(Sign::Junk, Threshold::new(5, Duration::from_secs(60)).ban(Duration::from_secs(900)))
        .banning(move |ip, time| assert!(bans.ban(ip, time)));
    let store = RedisStore::builder(redis.url()).build().unwrap();
    Stack::new(Auth::with(tokens()))
        .address_limit("1000/second")
        .limit_store(Arc::new(store), &Secret::new("the same on every node"))
        .limits(&limits)
        .suspicions(suspicions)
        .protect(routes(handled))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_banned_on_one_node_is_banned_on_all() {
    let Some(redis) = Redis::start() else { return };
    let handled = Handled::default();
    let (one, other) = (node(&redis, &handled), node(&redis, &handled));
    let guess = || with_token(get("/v1/models"), "u5vVlqUIBqbbJEMn2b3Ltw9Z");
    for _ in 0..5 {
        assert_eq!(send_from(&one, GUESSER, guess()).await.status, 401);
    }
    // The ban is on its way to the store; nobody waited for it.
    let mut banned = send_from(&other, GUESSER, guess()).await;
    for _ in 0..500 {
        if banned.status == 429 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
        banned = send_from(&other, GUESSER, guess()).await;
    }
    assert_eq!((banned.status.as_u16(), banned.code().as_str()), (429, "RATE_LIMITED"));
    assert!((800..=900).contains(&banned.header("retry-after").parse::<u32>().unwrap()));
    // Right or wrong, on any node, until it is over; and nobody else.
    for app in [&one, &other] {
        assert_eq!(send_from(app, GUESSER, with_token(get("/v1/models"), TOKEN)).await.status, 429);
        assert_eq!(send_from(app, [192, 0, 2, 67], with_token(get("/v1/models"), TOKEN)).await.status, 200);
    }
    assert_eq!(handled.count(), 2);
}
