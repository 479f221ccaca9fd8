//! Clients that people have: uploads with requests, httpx and Node's fetch.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../inference/tests/python/mod.rs"]
mod python;
mod running;

use palisade_testing::programs::find;
use running::Heartmap;
use serde_json::{Value, json};
use std::{path::Path, process::Command};

fn told(command: &mut Command) -> Value {
    // A proxy of this machine would stand between the client and its loopback interface.
    let output = command.env("NO_PROXY", "*").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn check(told: &Value) {
    assert_eq!((&told["status"], &told["wrong"]), (&json!(201), &json!(400)), "{told}");
    assert_eq!((&told["found"]["cells"], &told["found"]["file"]), (&json!(60), &json!("hearts.h5ad")));
    assert_eq!(told["found"], told["again"]);
}

fn file() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hearts.h5ad").to_str().unwrap().to_owned()
}

/// More than may be sent at once: whoever waits as long as it is told gets through.
fn uploads(package: &str, version: &str) {
    let Some(python) = python::with(package, version) else { return };
    let server = Heartmap::start(&[], &[]);
    let (url, key) = (format!("http://{}", server.address()), server.key("ANALYST"));
    let mut client = Command::new(python);
    client.arg(python::client("upload.py")).args([package, &url, key, &file(), "12"]);
    let told = told(&mut client);
    check(&told);
    assert!(told["refused"].as_u64().unwrap() >= 1, "{told}");
}

#[test]
fn requests_uploads_waits_and_gets_through() {
    uploads("requests", "2.32.5");
}

#[test]
fn httpx_uploads_waits_and_gets_through() {
    uploads("httpx", "0.28.1");
}

#[test]
fn fetch_of_node_uploads_a_form() {
    if find("node", "nodejs").is_none() {
        return;
    }
    let server = Heartmap::start(&[], &[]);
    let argument = json!({ "url": format!("http://{}", server.address()), "key": server.key("ANALYST"), "file": file() });
    check(&told(Command::new("node").arg(python::client("upload.mjs")).arg(argument.to_string())));
}
