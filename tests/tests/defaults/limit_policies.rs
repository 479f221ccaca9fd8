//! Who is limited, and what becomes of a charge.

use super::{app, stack};
use http::Method;
use palisade::{
    By, RateLimit, Subject,
    limit::{GrowingBlock, LimitErrorKind, Plans},
};
use std::{net::IpAddr, time::Duration};
use tests::client::{get, request, send};

fn limit() -> RateLimit {
    RateLimit::new("address", "3/hour", By::client()).unwrap()
}

#[tokio::test]
async fn nobody_is_exempt() {
    let app = app(stack().address_limit(limit()));
    for (method, path) in
        [(Method::OPTIONS, "/v1/models"), (Method::HEAD, "/healthz"), (Method::GET, "/healthz")]
    {
        assert!(!send(&app, request(method, path)).await.header("ratelimit-policy").is_empty(), "{path}");
    }
    assert_eq!(send(&app, get("/healthz")).await.status, 429);
}

#[tokio::test]
async fn charges_stand() {
    let limit = limit();
    let app = app(stack().address_limit(limit.clone()));
    for path in ["/healthz", "/nowhere", "/v1/models"] {
        send(&app, get(path)).await;
    }
    assert_eq!(send(&app, get("/healthz")).await.status, 429);
}

#[test]
fn unknown_plans_have_the_default() {
    let plans = Plans::new("1/hour").unwrap().plan("pro", "9/hour").unwrap();
    let limit = RateLimit::plans("plan", plans, By::principal()).unwrap();
    let policy = |plan: &str| {
        let caller = palisade::Principal::new("api_key", "k").with_plan(plan);
        let counter = limit.handle().of(&Subject::principal(caller)).unwrap().unwrap();
        let status = counter.peek().try_now().unwrap().unwrap();
        let standing = status.iter().next().unwrap();
        (standing.policy().to_owned(), standing.limit())
    };
    assert_eq!((policy("pro"), policy("gold")), (("plan:pro".into(), 9), ("plan".into(), 1)));
}

#[tokio::test]
async fn guesses_are_blocked_for_1_to_15_minutes() {
    let home: IpAddr = [192, 0, 2, 1].into();
    let time = palisade::ManualClock::new(palisade::UnixTime::from_secs(1_704_067_200));
    let guesses = || GrowingBlock::new("login").unwrap().clock(palisade::Clock::manual(&time));
    // 20 a minute by address, 10 in 15 minutes by account, 5 by both.
    let by_address = guesses();
    for n in 0..20 {
        by_address.attempt(home, &n.to_string()).await.unwrap().failed().await;
    }
    assert_eq!(by_address.attempt(home, "x").await.unwrap_err().retry_after_seconds(), Some(3));
    let by_account = guesses();
    for n in 0..10 {
        by_account.attempt([192, 0, 2, n].into(), "ada").await.unwrap().failed().await;
    }
    assert_eq!(by_account.attempt(home, "ada").await.unwrap_err().retry_after_seconds(), Some(90));
    let by_both = guesses();
    for _ in 0..5 {
        by_both.attempt(home, "ada").await.unwrap().failed().await;
    }
    assert_eq!(by_both.attempt(home, "ada").await.unwrap_err().retry_after_seconds(), Some(180));
    let mut waits = Vec::new();
    for _ in 0..6 {
        time.advance(Duration::from_secs(1_000));
        by_both.attempt(home, "ada").await.unwrap().failed().await;
        waits.push(by_both.attempt(home, "ada").await.unwrap_err().retry_after_seconds().unwrap());
    }
    // One attempt is left after a block; the next one waits for it, at most the longest block.
    assert_eq!(waits, [120, 240, 480, 900, 900, 900]);
    let longer = guesses().blocking(Duration::from_secs(1), Duration::from_secs(11 * 365 * 86_400));
    assert_eq!(longer.unwrap_err().kind(), LimitErrorKind::Block);
}
