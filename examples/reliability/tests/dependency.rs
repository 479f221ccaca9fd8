//! The dependency fails, is left alone, is tried and works again; nobody is told an error for it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;
mod still;

use palisade_testing::programs::find;
use running::{Reliability, until};
use serde_json::{Value, json};
use std::process::Command;
use still::{OPEN, Still};

const TEN_EUROS: &str = "/convert?from=EUR&to=USD&amount=10";

/// The dependency, asked through a service whose clock the test moves.
struct Story(Still);

impl Story {
    fn convert(&self) -> Value {
        let answer = self.0.get(TEN_EUROS, 1).remove(0);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    fn breaker(&self) -> Value {
        self.0.get("/dependency", 1)[0].json()["breaker"].clone()
    }

    fn calls(&self) -> u64 {
        self.0.upstream("GET /calls", "").body.parse().unwrap()
    }

    fn say(&self, mode: &str) {
        assert_eq!(self.0.upstream("PUT /mode", mode).status, 204);
    }
}

#[test]
fn a_dependency_that_fails_is_left_alone_tried_and_used_again() {
    let story = Story(Still::start());
    let live = story.convert();
    assert_eq!((&live["source"], &live["serial"]), (&json!("live"), &json!(1)));

    story.say("down");
    story.0.pass(7_000);
    for failures in 1..=3 {
        assert_eq!(story.breaker(), "closed");
        let stale = story.convert();
        assert_eq!((&stale["source"], &stale["amount"]), (&json!("fallback"), &live["amount"]));
        assert_eq!((stale["age_seconds"].as_u64(), story.calls()), (Some(7), 1 + failures));
    }
    // Open: the answer is the same, and nobody asks the dependency.
    for _ in 0..5 {
        assert_eq!((story.breaker(), story.convert()["source"].clone()), (json!("open"), json!("fallback")));
    }
    assert_eq!(story.calls(), 4);

    // The first try comes while it is still down: one call, and it is left alone for twice as long.
    story.0.pass(1_500 * OPEN.as_secs());
    assert_eq!(story.breaker(), "half-open");
    for _ in 0..5 {
        assert_eq!(story.convert()["source"], "fallback");
    }
    assert_eq!((story.calls(), story.breaker()), (5, json!("open")));

    story.say("up");
    assert_eq!(story.convert()["source"], "fallback");
    story.0.pass(3_000 * OPEN.as_secs());
    let fresh = story.convert();
    assert_eq!(
        (&fresh["source"], &fresh["serial"], &fresh["age_seconds"]),
        (&json!("live"), &json!(6), &json!(0))
    );
    assert_ne!(fresh["amount"], live["amount"]);
    assert_eq!((story.convert()["source"].clone(), story.breaker()), (json!("live"), json!("closed")));
}

#[test]
fn it_recovers_by_itself_and_the_log_tells_the_story() {
    let server = Reliability::start(&[], &[("BREAKER_OPEN_MS", "100")]);
    let source = || server.get(TEN_EUROS).json()["source"].clone();
    assert_eq!(source(), "live");
    assert_eq!(server.upstream("PUT /mode", "down").status, 204);
    until("three failures", || source() == "fallback" && server.log().contains("a circuit breaker opened"));
    assert_eq!(server.upstream("PUT /mode", "up").status, 204);
    until("recovery", || source() == "live");
    until("a line about it", || server.log().contains("a circuit breaker closed"));
}

#[test]
fn a_slow_dependency_counts_as_one_that_fails() {
    let server = Reliability::start(&[], &[]);
    let source = || server.get(TEN_EUROS).json()["source"].clone();
    assert_eq!(source(), "live");
    assert_eq!(server.upstream("PUT /mode", "slow").status, 204);
    assert_eq!(source(), "fallback");
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
        ("", ""),
        ("?from=EUR&to=USD", ""),
        ("?from=EUR&to=USD&amount=1&amount=2", ""),
        ("?from=EUR&to=USD&amount=1&more=1", ""),
        ("?from=EUR&to=USD&amount=-1", "/amount"),
        ("?from=EUR&to=USD&amount=1e3", "/amount"),
        ("?from=EUR&to=usd&amount=1", "/to"),
        ("?from=XXX&to=USD&amount=1", "/from"),
        ("?from=EUR&to=JPY&amount=1000000000", "/amount"),
    ] {
        let answer = server.get(&format!("/convert{query}"));
        assert_eq!(answer.status, 400, "{query} {}", answer.body);
        let error = &answer.json()["error"];
        assert_eq!(
            (&error["code"], &error["details"][0]["pointer"]),
            (&json!("VALIDATION_ERROR"), &json!(pointer))
        );
    }
    assert_eq!(server.get("/dependency").json()["breaker"], "closed");
}

#[test]
fn the_printed_lines_work() {
    if find("curl", "curl").is_none() {
        return;
    }
    let greeted = |variables: &[_]| {
        let server = Reliability::start(&[], variables);
        let of_logins = |line: &&str| {
            ["/login'", "$TOKEN"].iter().any(|word| line.contains(word)) || !line.contains("curl ")
        };
        let lines: Vec<_> =
            server.greeting().lines().filter(|line| !of_logins(line)).map(str::to_owned).collect();
        (server, lines)
    };
    let run = |line: &str| {
        let output = Command::new("sh").args(["-c", line]).output().unwrap();
        assert!(output.status.success(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };
    // Nothing is tried again before everything was seen.
    let (_patient, lines) = greeted(&[("BREAKER_OPEN_MS", "60000")]);
    let [health, flood, convert, dependency, down, again, up, _] = &lines[..] else {
        unreachable!("{lines:?}")
    };
    assert!(run(health).starts_with("HTTP/1.1 200"));
    let counted = run(flood);
    assert!(counted.contains("4 200") && counted.contains("4 429"), "{counted}");
    assert!(run(convert).contains("\"live\""));
    assert!(run(dependency).contains("\"closed\""));
    run(down);
    assert_eq!(run(again).matches("\"fallback\"").count(), 5);
    assert!(run(dependency).contains("\"open\""));
    run(up);
    // As it is by default, it is tried again while the last line sleeps.
    let (_server, lines) = greeted(&[]);
    let [_, _, convert, _, down, again, up, recovered] = &lines[..] else { unreachable!("{lines:?}") };
    run(convert);
    run(down);
    assert_eq!(run(again).matches("\"fallback\"").count(), 5);
    run(up);
    let answers = run(recovered);
    assert!(answers.contains("\"live\"") && !answers.contains("\"open\""), "{answers}");
}
