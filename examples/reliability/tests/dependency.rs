//! The dependency fails, is left alone, is tried and works again; nobody is told an error for it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Reliability, until};
use serde_json::{Value, json};
use std::process::Command;

const TEN_EUROS: &str = "/convert?from=EUR&to=USD&amount=10";

fn calls(server: &Reliability) -> u64 {
    server.upstream("GET /calls", "").body.parse().unwrap()
}

fn say(server: &Reliability, mode: &str) {
    assert_eq!(server.upstream("PUT /mode", mode).status, 204);
}

fn convert(server: &Reliability) -> Value {
    let answer = server.get(TEN_EUROS);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn breaker(server: &Reliability) -> Value {
    server.get("/dependency").json()["breaker"].clone()
}

#[test]
fn a_dependency_that_fails_is_left_alone_tried_and_used_again() {
    // Long enough to look at it while it is open.
    let server = Reliability::start(&[], &[("BREAKER_OPEN_MS", "2000")]);
    let live = convert(&server);
    assert_eq!((&live["source"], &live["serial"]), (&json!("live"), &json!(1)));
    assert_eq!(breaker(&server), "closed");

    say(&server, "down");
    for _ in 0..3 {
        let stale = convert(&server);
        assert_eq!((&stale["source"], &stale["amount"]), (&json!("fallback"), &live["amount"]));
    }
    // Open: the answer is the same, and nobody asks the dependency.
    let asked = calls(&server);
    assert_eq!(asked, 4);
    assert_eq!(breaker(&server), "open");
    for _ in 0..5 {
        assert_eq!(convert(&server)["source"], "fallback");
    }
    assert_eq!(calls(&server), asked);
    assert!(server.log().contains("a circuit breaker opened"), "{}", server.log());

    // The first try comes too early, and opens it again.
    until("a probe", || {
        assert_eq!(convert(&server)["source"], "fallback");
        calls(&server) > asked
    });
    assert_eq!(breaker(&server), "open");

    say(&server, "up");
    until("recovery", || convert(&server)["source"] == "live");
    assert_eq!(breaker(&server), "closed");
    let fresh = convert(&server);
    assert!(
        fresh["serial"].as_u64() > live["serial"].as_u64() && fresh["amount"] != live["amount"],
        "{fresh}"
    );
    assert!(server.log().contains("a circuit breaker closed"), "{}", server.log());
}

#[test]
fn a_slow_dependency_counts_as_one_that_fails() {
    let server = Reliability::start(&[], &[]);
    assert_eq!(convert(&server)["source"], "live");
    say(&server, "slow");
    assert_eq!(convert(&server)["source"], "fallback");
    let health = server.get("/dependency").json();
    assert_eq!((&health["breaker"], &health["failures"]), (&json!("closed"), &json!(1)), "{health}");
}

#[test]
fn without_anything_to_fall_back_to_it_says_so_and_when_to_come_back() {
    // Nobody listens there.
    let server = Reliability::start(&["--upstream", "http://127.0.0.1:1"], &[]);
    for _ in 0..3 {
        let answer = server.get(TEN_EUROS);
        assert_eq!(answer.status, 502, "{}", answer.body);
        assert!(answer.body.contains("\"UPSTREAM_ERROR\""), "{}", answer.body);
    }
    let answer = server.get(TEN_EUROS);
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.json()["error"]["details"]["kind"], "circuit_open");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&wait), "{wait}");
    assert!(server.get("/dependency").json()["retry_in_seconds"].as_u64().unwrap() <= wait);
}

#[test]
fn nonsense_is_400_names_the_field_and_says_nothing_about_the_dependency() {
    let server = Reliability::start(&[], &[]);
    for (query, pointer) in [
        ("", "#/"),
        ("?from=EUR&to=USD", "#/"),
        ("?from=EUR&to=USD&amount=1&amount=2", "#/"),
        ("?from=EUR&to=USD&amount=1&more=1", "#/"),
        ("?from=EUR&to=USD&amount=-1", "#/amount"),
        ("?from=EUR&to=USD&amount=1e3", "#/amount"),
        ("?from=EUR&to=usd&amount=1", "#/to"),
        ("?from=XXX&to=USD&amount=1", "#/from"),
        ("?from=EUR&to=JPY&amount=1000000000", "#/amount"),
    ] {
        let answer = server.get(&format!("/convert{query}"));
        assert_eq!(answer.status, 400, "{query} {}", answer.body);
        let error = &answer.json()["error"];
        assert_eq!(
            (&error["code"], &error["details"][0]["pointer"]),
            (&json!("VALIDATION_ERROR"), &json!(pointer))
        );
    }
    assert_eq!(breaker(&server), "closed");
}

#[test]
fn the_printed_lines_work() {
    if Command::new("curl").arg("--version").output().is_err() {
        return running::not_run("curl", "curl");
    }
    let server = Reliability::start(&[], &[]);
    let run = |line: &str| {
        let output = Command::new("sh").args(["-c", line]).output().unwrap();
        assert!(output.status.success(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };
    let lines: Vec<_> = server.greeting.lines().filter(|line| line.contains("curl ")).collect();
    let [health, flood, convert, dependency, down, again, up] = lines[..] else { unreachable!("{lines:?}") };
    assert!(run(health).starts_with("HTTP/1.1 200"));
    let counted = run(flood);
    assert!(counted.contains("4 200") && counted.contains("4 429"), "{counted}");
    assert!(run(convert).contains("\"live\""));
    assert!(run(dependency).contains("\"closed\""));
    run(down);
    assert_eq!(run(again).matches("\"fallback\"").count(), 5);
    assert!(run(dependency).contains("\"open\""));
    run(up);
}
