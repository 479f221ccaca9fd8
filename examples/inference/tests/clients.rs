//! Clients that people have: requests, httpx and Node's fetch, and what they see when the service ends while they ask.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod python;
mod running;

use palisade_testing::programs::find;
use running::Inference;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

fn told(command: &mut Command) -> Value {
    // A proxy of this machine would stand between the client and its loopback interface.
    let output = command.env("NO_PROXY", "*").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn url(server: &Inference, path: &str) -> String {
    format!("http://{}/api/v1{path}", server.address())
}

#[test]
fn requests_in_the_documented_loop_gets_through() {
    let Some(python) = python::with("requests", "2.32.5") else { return };
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let more = server.send("PUT /api/v1/config", server.key(), r#"{"requests_per_minute":10000}"#);
    assert_eq!(more.status, 200, "{}", more.body);
    let mut client = Command::new(python);
    let key = server.key().unwrap();
    let told = told(client.arg(python::client("retry.py")).args([&url(&server, "/inference"), key, "25"]));
    assert_eq!(told["answered"], 25, "{told}");
    assert!(told["refused"].as_u64().unwrap() >= 1, "{told}");
    assert!(told["limits"]["Remaining"].as_u64() < told["limits"]["Limit"].as_u64(), "{told}");
}

/// Events that came one by one took as long as they were written, and whoever wrote them stopped when nobody read on.
fn one_by_one(server: &Inference, times: &Value, count: usize) {
    let times: Vec<f64> = times.as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
    assert_eq!(times.len(), count);
    // Ten a second: together at the end they would have come all at once.
    assert!(times[count - 1] - times[0] > 0.05 * (count - 1) as f64, "{times:?}");
    for _ in 0..200 {
        if server.number("inference_streams") == 0.0 {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let written = server.number("inference_tokens{way=\"stream\"}");
    thread::sleep(Duration::from_millis(500));
    assert_eq!(server.number("inference_tokens{way=\"stream\"}"), written);
    assert_eq!(server.number("inference_streams"), 0.0);
}

#[test]
fn httpx_reads_a_stream_event_by_event_and_its_end_is_the_end_of_the_work() {
    let Some(python) = python::with("httpx", "0.28.1") else { return };
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let slow = server.send("PUT /api/v1/config", server.key(), r#"{"tokens_per_second":10}"#);
    assert_eq!(slow.status, 200);
    let mut client = Command::new(python);
    client.arg(python::client("stream.py"));
    let told = told(client.args([&url(&server, "/inference/stream"), server.key().unwrap(), "6"]));
    assert_eq!(told["kind"], "text/event-stream");
    let events = told["events"].as_array().unwrap();
    assert!(events.iter().enumerate().all(|(at, event)| event["index"] == at), "{told}");
    one_by_one(&server, &told["times"], 6);
}

#[test]
fn fetch_of_node_asks_and_reads_a_stream_event_by_event() {
    if find("node", "nodejs").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let slow = server.send("PUT /api/v1/config", server.key(), r#"{"tokens_per_second":10}"#);
    assert_eq!(slow.status, 200);
    let argument = json!({ "url": url(&server, ""), "key": server.key(), "events": 6 });
    let told = told(Command::new("node").arg(python::client("fetch.mjs")).arg(argument.to_string()));
    assert_eq!((&told["status"], &told["kind"]), (&json!(200), &json!("text/event-stream")), "{told}");
    // The tightest: of an address.
    assert_eq!(told["limit"], "10000", "{told}");
    let words: String =
        told["tokens"].as_array().unwrap().iter().map(|token| token.as_str().unwrap()).collect();
    assert!(told["output"].as_str().unwrap().starts_with(&words), "{told}");
    one_by_one(&server, &told["times"], 6);
}

#[cfg(unix)]
#[test]
fn whoever_asks_while_it_ends_is_answered_to_the_end_or_not_at_all() {
    let Some(python) = python::with("httpx", "0.28.1") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut server = Inference::start_wide(&dir.path().join("data"), &[]);
    let request = json!({
        "method": "POST",
        "url": url(&server, "/inference"),
        "headers": { "X-API-Key": server.key() },
        "json": { "prompt": "Who keeps the gate?", "model": "llama-7b" },
    });
    let mut storm = Command::new(python);
    storm.arg(python::client("storm.py")).args(["32", &request.to_string()]);
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
    let served = || {
        let log = server.access("\"method\":\"POST\"");
        log.lines().filter(|line| line.contains("\"route\":\"/api/v1/inference\"")).count()
    };
    for _ in 0..100 {
        // What it wrote last may still be on its way here.
        if told["answered"] == served() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(told["answered"], served(), "every request that was taken up was answered: {told}");
}
