//! What a limit counts, and what it tells.

use super::{app, log::Log, stack, with};
use http::HeaderName;
use palisade::{
    By, Clock, ManualClock, RateLimit, UnixTime,
    limit::{Headers, LimitErrorKind},
};
use std::{net::IpAddr, time::Duration};
use tests::{
    client::{get, send, send_from, with_token},
    server::{POOR, TOKEN},
};

fn limit(quota: &str, by: By) -> RateLimit {
    RateLimit::new("address", quota, by).unwrap()
}

fn at_noon() -> (ManualClock, Clock) {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    (time.clone(), Clock::manual(&time))
}

#[tokio::test]
async fn limits_are_off() {
    let app = app(stack());
    for _ in 0..100 {
        let answer = send(&app, with_token(get("/v1/models"), TOKEN)).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers.keys().all(|name| !name.as_str().contains("ratelimit")));
    }
}

#[tokio::test]
async fn ipv6_is_counted_by_64() {
    let by = By::client_prefix;
    for (by, one, other, is_same) in [
        (By::client(), "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
        (By::client(), "2001:db8:1:2::1", "2001:db8:1:3::1", false),
        (by(48), "2001:db8:1:2::1", "2001:db8:1:3::1", true),
        (by(128), "2001:db8::1", "2001:db8::2", false),
        // 32 to 128: what is beyond is the nearest.
        (by(0), "2001:db8:1::1", "2001:db8:ffff::1", true),
        (by(0), "2001:db8::1", "2001:db9::1", false),
        (by(255), "2001:db8::1", "2001:db8::2", false),
    ] {
        let app = app(stack().address_limit(limit("1/hour", by.clone())));
        let ask =
            async |ip: &str| send_from(&app, ip.parse::<IpAddr>().unwrap(), get("/healthz")).await.status;
        assert_eq!(ask(one).await, 200);
        assert_eq!(ask(other).await == 429, is_same, "{by:?} {one} {other}");
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_503() {
    let by = || By::header(HeaderName::from_static("x-tenant"));
    // Of two requests without the header.
    for (by, first, second) in [
        (by(), 503, 503),
        (by().or(By::client()), 200, 429),
        (by().or_shared(), 200, 429),
        (by().or_exempt(), 200, 200),
    ] {
        let (log, _listening) = Log::listen();
        let app = app(stack().address_limit(limit("1/hour", by.clone())));
        assert_eq!(send(&app, with(get("/healthz"), "x-tenant", "a")).await.status, 200);
        assert_eq!(send(&app, get("/healthz")).await.status, first, "{by:?}");
        assert_eq!(send(&app, get("/healthz")).await.status, second, "{by:?}");
        assert_eq!(log.says(&["ERROR", "palisade::setup", "cannot count", ".or_shared()"]), first == 503);
    }
}

#[tokio::test]
async fn principal_limits_fall_back_to_the_address() {
    let app = app(stack().principal_limit("1/hour"));
    for (host, token, expected) in [
        (1, Some(TOKEN), 200),
        (2, Some(TOKEN), 429),
        (1, Some(POOR), 200),
        (1, None, 200),
        (1, None, 429),
        (2, Some("wrong"), 200),
        (2, None, 429),
    ] {
        let request = token.map_or(get("/healthz"), |token| with_token(get("/healthz"), token));
        assert_eq!(send_from(&app, [192, 0, 2, host], request).await.status, expected, "{host} {token:?}");
    }
}

#[tokio::test]
async fn a_request_costs_one() {
    let limit = || limit("10/hour", By::client());
    for (limit, remaining) in
        [(limit(), "9"), (limit().cost(3).unwrap(), "7"), (limit().cost_of(|_| 10), "0")]
    {
        let app = app(stack().address_limit(limit));
        assert_eq!(send(&app, get("/healthz")).await.header("x-ratelimit-remaining"), remaining);
    }
    assert_eq!(limit().cost(11).unwrap_err().kind(), LimitErrorKind::Cost);
}

#[tokio::test]
async fn refusals_are_not_charged() {
    for quota in ["1/minute", "1/minute fixed first-hit"] {
        let (time, clock) = at_noon();
        let app = app(stack().address_limit(quota).clock(clock));
        assert_eq!(send(&app, get("/healthz")).await.status, 200);
        for _ in 0..50 {
            assert_eq!(send(&app, get("/healthz")).await.status, 429);
        }
        time.advance(Duration::from_secs(60));
        assert_eq!(send(&app, get("/healthz")).await.status, 200, "{quota}");
    }
}

#[tokio::test]
async fn limits_are_told_in_both_dialects() {
    let names =
        ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "ratelimit-policy"];
    assert_eq!(Headers::default(), Headers::Both);
    let limit = || limit("1/hour", By::client());
    for (limit, [x, draft]) in [
        (limit(), [true, true]),
        (limit().headers(Headers::XRateLimit), [true, false]),
        (limit().headers(Headers::Draft10), [false, true]),
        (limit().headers(Headers::None), [false, false]),
    ] {
        let app = app(stack().address_limit(limit));
        for status in [200, 429] {
            let answer = send(&app, get("/healthz")).await;
            assert_eq!(answer.status, status);
            assert_eq!(names.map(|name| answer.headers.contains_key(name)), [x, x, x, draft, draft]);
            assert_eq!(answer.headers.contains_key("retry-after"), status == 429);
        }
    }
}

#[tokio::test]
async fn retry_after_is_exact() {
    for (quota, told) in [
        ("5/second burst 1", "1"),
        ("1000/second burst 1", "1"),
        ("3/10 seconds burst 1", "4"),
        ("1/minute", "60"),
        ("1/minute fixed first-hit", "60"),
    ] {
        let (time, clock) = at_noon();
        let app = app(stack().address_limit(quota).clock(clock));
        assert_eq!(send(&app, get("/healthz")).await.status, 200);
        let refused = send(&app, get("/healthz")).await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, told), "{quota}");
        time.advance(Duration::from_secs(told.parse().unwrap()));
        assert_eq!(send(&app, get("/healthz")).await.status, 200, "{quota}");
    }
}

#[test]
fn limit_names_are_64_bytes() {
    for (name, fits) in [
        ("a".repeat(64), true),
        ("a".repeat(65), false),
        (String::new(), false),
        ("per plan; it's ~".to_owned(), true),
        ("\"".to_owned(), false),
        ("\\".to_owned(), false),
        ("\t".to_owned(), false),
        ("\u{7f}".to_owned(), false),
        ("\u{e9}".to_owned(), false),
    ] {
        let fault = RateLimit::new(&name, "1/second", By::client()).err().map(|error| error.kind());
        assert_eq!(fault, (!fits).then_some(LimitErrorKind::Name), "{name:?}");
    }
}
