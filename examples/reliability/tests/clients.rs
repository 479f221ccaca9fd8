//! Clients that people have: they wait as they are told, and ask while the service ends.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../inference/tests/python/mod.rs"]
mod python;
mod running;

use running::{FORM, Reliability, bearer};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// A token of the user who was drawn at the start.
fn token(server: &Reliability) -> String {
    let body = format!("username=demo&password={}", server.password());
    let answer = server.send("POST /login", FORM, &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn requests_logs_in_and_gets_through_in_the_documented_loop() {
    let Some(python) = python::with("requests", "2.32.5") else { return };
    let server = Reliability::start(&[], &[]);
    // What is admitted at once is gone, so that the loop must wait.
    assert_eq!(server.flood("/convert?from=EUR&to=USD&amount=1", 120)[119].status, 429);
    let mut client = Command::new(python);
    let url = format!("http://{}", server.address());
    client.arg(python::client("retry.py")).args([&url, server.password(), "60"]);
    let output = client.env("NO_PROXY", "*").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["who"], &told["answered"]), (&json!("demo"), &json!(60)), "{told}");
    assert!(told["refused"].as_u64().unwrap() >= 1, "{told}");
}

#[cfg(unix)]
#[test]
fn whoever_asks_while_it_ends_is_answered_to_the_end_or_not_at_all() {
    let Some(python) = python::with("httpx", "0.28.1") else { return };
    let mut server = Reliability::start(&[], &[]);
    let token = token(&server);
    assert_eq!(server.send("GET /protected", &bearer(&token), "").status, 200);
    let request = json!({
        "method": "POST",
        "url": format!("http://{}/debug/summarize-errors", server.address()),
        "headers": { "Authorization": format!("Bearer {token}") },
        "json": { "lines": vec!["ERROR db: timeout after 30 ms"; 500] },
    });
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inference/tests/clients/storm.py");
    let mut storm = Command::new(python);
    storm.arg(program).args(["32", &request.to_string()]);
    let mut storm = storm.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(storm.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "asking");
    thread::sleep(Duration::from_millis(300));
    assert!(server.terminate().success(), "{}", server.log());
    let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(storm.wait().unwrap().success());
    assert_eq!((&told["broken"], &told["timeouts"]), (&json!(0), &json!(0)), "{told}");
    assert_eq!(told["answered"], told["200"], "{told}");
    // A connection may be closed between two requests, just when the next is on its way: that one was never begun.
    assert!(told["unanswered"].as_u64().unwrap() <= 32, "{told}");
}
