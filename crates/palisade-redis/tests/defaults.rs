//! What holds where an application says nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests; one measures a least time"
)]

mod support;

use palisade_core::{By, Clock, Event, Facts, Guard as _};
use palisade_limit::{Fallback, RateLimit, quota};
use palisade_redis::RedisStore;
use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{Told, key, server::free_port, take};

fn down(told: &Told) -> RedisStore {
    RedisStore::builder(format!("redis://127.0.0.1:{}", free_port())).events(told.clone()).build().unwrap()
}

#[tokio::test]
async fn redis_has_50_ms() {
    // Accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let store = RedisStore::builder(url).build().unwrap();
    let start = Instant::now();
    assert!(take(&store, key(), &quota!("1/hour")).await.is_err());
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn redis_is_left_alone_after_5_failures() {
    let told = Told::default();
    let store = down(&told);
    for _ in 0..5 {
        assert!(take(&store, key(), &quota!("1/hour")).await.is_err());
    }
    let degraded = |event: &Event| matches!(event, Event::LimiterDegraded { store, .. } if store == "redis");
    assert_eq!(told.count(degraded), 1);
}

#[tokio::test]
async fn redis_alone_is_closed() {
    let limit = RateLimit::new("test", "5/minute", By::everyone()).unwrap();
    let limit = limit.store(Arc::new(down(&Told::default())));
    let (head, ()) = http::Request::new(()).into_parts();
    let denial = limit.check(&head, &Facts::new(Clock::system())).await.err().unwrap();
    assert_eq!(denial.kind().status().as_u16(), 503);
}

#[tokio::test]
async fn the_local_share_is_the_whole_quota() {
    let (store, one, quota) = (Fallback::local(down(&Told::default())), key(), quota!("3/hour"));
    for admitted in [true, true, true, false] {
        assert_eq!(take(&store, one, &quota).await.unwrap(), admitted);
    }
}
