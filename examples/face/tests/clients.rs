//! Clients that people have: they are refused, wait as they are told, and get through.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use palisade_testing::programs::Python;
use running::Face;
use std::{path::Path, process::Command};

/// More than are admitted at once, few enough for five a second.
const REQUESTS: u64 = 25;

const REQUESTS_OF_PYTHON: Python<'_> =
    Python::with("import requests", "requests==2.32.5", "python3-requests");

fn check(script: &str) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let Some(python) = REQUESTS_OF_PYTHON.find(directory) else { return };
    let face = Face::start(&[], &[]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let url = format!("http://{}/health", face.address());
    let output = Command::new(python)
        .arg(path)
        .args([&url, &REQUESTS.to_string()])
        // A proxy of this machine would stand between the client and its loopback interface.
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["answered"], REQUESTS, "{told}");
    assert!(told["refused"].as_u64().unwrap() >= 1, "{told}");
    let stats = face.send("GET /stats", "", b"").json();
    assert_eq!((&stats["rate_limited"], &stats["requests"]["health"]), (&told["refused"], &told["answered"]));
}

#[test]
fn a_loop_that_reads_retry_after_as_an_integer_recovers() {
    check("backoff.py");
}

#[test]
fn urllib3_obeys_retry_after_by_itself() {
    check("retry.py");
}
