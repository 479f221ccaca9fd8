//! Five a minute, from the first request on: over a socket, with a clock that the test moves.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;
mod still;

use palisade::Clock;
use reliability::{client::Upstream, exchange::Exchange, server::routes};
use running::{Answer, Reliability};
use std::{sync::Arc, time::Duration};
use still::Still;

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[test]
fn five_pass_and_the_sixth_is_told_when_the_window_of_the_first_ends() {
    let still = Still::start();
    let first = still.get("/health", 1).remove(0);
    assert_eq!(first.header("ratelimit-policy"), "\"GET /health\";q=5;w=60");
    assert_eq!(first.header("ratelimit"), "\"GET /health\";r=4;t=60");
    assert_eq!(first.header("x-ratelimit-reset"), "1700000077");

    still.pass(40_000);
    let more = still.get("/health", 5);
    assert_eq!(statuses(&more), [200, 200, 200, 200, 429]);
    let remaining: Vec<_> =
        more.iter().map(|answer| answer.header("x-ratelimit-remaining").to_owned()).collect();
    assert_eq!(remaining, ["3", "2", "1", "0", "0"]);
    for answer in &more {
        assert_eq!(answer.header("x-ratelimit-limit"), "5");
        assert_eq!(answer.header("x-ratelimit-reset"), "1700000077", "the window does not move");
    }
    assert_eq!(more[4].header("retry-after"), "20");
    assert!(more[4].body.starts_with("{\"error\":{\"code\":\"RATE_LIMITED\""), "{}", more[4].body);
}

#[test]
fn a_window_ends_a_minute_after_its_first_request_and_the_next_begins_with_the_next() {
    let still = Still::start();
    assert_eq!(statuses(&still.get("/health", 6)), [200, 200, 200, 200, 200, 429]);
    // Past the full minute of the clock, short of a minute since the first request.
    still.pass(59_999);
    assert_eq!(statuses(&still.get("/health", 1)), [429]);
    still.pass(1);
    // Nobody comes for half a minute: the second window has not begun.
    still.pass(30_000);
    let second = still.get("/health", 6);
    assert_eq!(statuses(&second), [200, 200, 200, 200, 200, 429]);
    assert_eq!(second[0].header("ratelimit"), "\"GET /health\";r=4;t=60");
    assert_eq!(second[5].header("retry-after"), "60");
}

#[test]
fn a_route_has_its_limit_for_itself() {
    let server = Reliability::start(&[], &[]);
    assert_eq!(statuses(&server.flood("/health", 7)), [200, 200, 200, 200, 200, 429, 429]);
    let other = server.get("/convert?from=EUR&to=USD&amount=1");
    assert_eq!((other.status, other.header("x-ratelimit-limit")), (200, "40"));
    let none = server.get("/dependency");
    assert_eq!((none.status, none.header("x-ratelimit-limit")), (200, ""));
}

#[test]
fn clients_behind_a_trusted_proxy_are_counted_one_by_one_and_others_are_not_believed() {
    for (networks, expected) in [("127.0.0.0/8", 200), ("10.0.0.0/8", 429)] {
        let server = Reliability::start(&["--trusted-proxies", networks], &[]);
        let from =
            |client: &str| server.send("GET /health", &format!("X-Forwarded-For: {client}\r\n"), "").status;
        for _ in 0..5 {
            assert_eq!(from("192.0.2.1"), 200);
        }
        assert_eq!(from("192.0.2.2"), expected, "{networks}");
    }
}

#[test]
fn the_lock_of_its_routes() {
    let nowhere = Upstream::parse("http://127.0.0.1:1").unwrap();
    let exchange = Exchange::new(nowhere, Duration::from_secs(5), Clock::system()).unwrap();
    let accounts = still::accounts(Clock::system());
    let document = palisade::ApiDocument::new("Reliability", "0");
    let routes = routes(&Arc::new(exchange), &accounts, &document);
    palisade_routes::assert_lock!(routes, "security.lock");
}
