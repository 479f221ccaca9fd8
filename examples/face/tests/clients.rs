//! Clients that people have: they are refused, wait as they are told, and get through.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::Face;
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// More than are admitted at once, few enough for five a second.
const REQUESTS: u64 = 25;

/// A Python that has `requests`: the machine's own, or one in the build directory.
fn python() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| find().filter(|python| has_requests(python))).as_deref()
}

fn find() -> Option<PathBuf> {
    let system = PathBuf::from("python3");
    if has_requests(&system) {
        return Some(system);
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let python = home.join("bin/python3");
    if !has_requests(&python) {
        run(Command::new(system).args(["-m", "venv"]).arg(&home))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "requests==2.32.5"]))?;
    }
    Some(python)
}

fn has_requests(python: &Path) -> bool {
    run(Command::new(python).args(["-c", "import requests"])).is_some()
}

fn run(command: &mut Command) -> Option<()> {
    command.output().ok().filter(|output| output.status.success()).map(|_| ())
}

fn check(script: &str) {
    let Some(python) = python() else {
        return running::not_run("python3", "python3-requests");
    };
    let face = Face::start(&[], &[]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let url = format!("http://{}/health", face.address);
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
