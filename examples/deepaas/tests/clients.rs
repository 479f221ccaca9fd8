//! Clients that people have: requests, Node's fetch, and httpx while the service ends.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../inference/tests/python/mod.rs"]
mod python;
mod running;

use palisade_testing::programs::find;
use running::Deepaas;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

fn server() -> (Deepaas, String) {
    let server = Deepaas::start(&["--auth-bearer-token", TOKEN]);
    let url = format!("http://{}", server.address());
    (server, url)
}

fn picture() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures/sunset.png").to_str().unwrap().to_owned()
}

#[track_caller]
fn check(command: &mut Command) {
    // A proxy of this machine would stand between the client and its loopback interface.
    let output = command.env("NO_PROXY", "*").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["bare"], &told["challenge"]), (&json!(401), &json!("Bearer realm=\"api\"")), "{told}");
    assert_eq!(told["without"], json!([400, "VALIDATION_ERROR"]), "{told}");
    let found = &told["found"];
    assert_eq!((&found["status"], &found["predictions"]["model"]), (&json!("OK"), &json!("my-model")));
    assert_eq!(found["predictions"]["perceptual_hash"], "0000001818180000");
}

#[test]
fn requests_lists_models_and_sends_a_picture() {
    let Some(python) = python::with("requests", "2.32.5") else { return };
    let (_server, url) = server();
    check(Command::new(python).arg(python::client("predict.py")).args([&url, TOKEN, &picture()]));
}

#[test]
fn fetch_of_node_lists_models_and_sends_a_picture() {
    if find("node", "nodejs").is_none() {
        return;
    }
    let (_server, url) = server();
    let argument = json!({ "url": url, "token": TOKEN, "file": picture() }).to_string();
    check(Command::new("node").arg(python::client("predict.mjs")).arg(argument));
}

#[cfg(unix)]
#[test]
fn whoever_uploads_while_it_ends_is_answered_to_the_end_or_not_at_all() {
    let Some(python) = python::with("httpx", "0.28.1") else { return };
    let (mut server, url) = server();
    let request = json!({
        "method": "POST",
        "url": format!("{url}/v2/models/my-model/predict"),
        "headers": { "Authorization": format!("Bearer {TOKEN}") },
        "files": { "data": picture() },
    });
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inference/tests/clients/storm.py");
    let mut storm = Command::new(python);
    storm.arg(program).args(["16", &request.to_string()]);
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
    assert!(told["unanswered"].as_u64().unwrap() <= 16, "{told}");
}
