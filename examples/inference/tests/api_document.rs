//! The API document, read by tools that we did not write: schemathesis asks all that it tells, and Chromium shows it and tries it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod python;
mod running;

use palisade_testing::programs::{find, not_run};
use running::{Inference, id_of};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn every_route_is_in_the_document_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let document = server.send("GET /api/v1/openapi.json", None, "").json();
    let lock = include_str!("../security.lock").lines().filter(|line| !line.starts_with('#'));
    for line in lock {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let told = &document["paths"][path][method.to_ascii_lowercase()];
        assert_eq!(told.is_null(), path.starts_with("/docs"), "{line}");
        assert!(told.is_null() || !told["summary"].as_str().unwrap().is_empty(), "{line}");
    }
    assert_eq!(document["components"]["schemas"]["Error"]["required"], json!(["error"]));
}

/// Things that are there, for routes that name one.
fn known(server: &Inference) -> Value {
    let made = |request: &str, body: Value| {
        let answer = server.send(request, server.key(), &body.to_string());
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.text("id")
    };
    let key = made("POST /api/v1/auth/api-keys", json!({"name": "known", "permissions": ["read_models"]}));
    let user = made(
        "POST /api/v1/users",
        json!({"username": "anna", "password": "a gate in the fence by the river"}),
    );
    let request = server.send("GET /api/v1/models", None, "").header("x-request-id").to_owned();
    json!({
        "/api/v1/auth/api-keys/{id}": key,
        "/api/v1/users/{id}": user,
        "/api/v1/models/{name}": "llama-7b",
        "/_palisade/explain/{id}": request,
    })
}

#[test]
fn schemathesis_finds_nothing_that_the_document_does_not_tell() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let key = server.key().unwrap();
    let fast = server.send("PUT /api/v1/config", Some(key), r#"{"tokens_per_second":10000}"#);
    assert_eq!(fast.status, 200, "{}", fast.body);
    let (url, known) =
        (format!("http://{}/api/v1/openapi.json", server.address()), known(&server).to_string());
    let variables = [("KEY", key), ("KNOWN", known.as_str()), ("OWN", id_of(key))];
    let Some(tally) = python::fuzz::schemathesis(&url, &python::client("hooks.py"), &variables) else {
        return;
    };
    tally.not_all_was_refused();
}

/// Node with the library that drives Chromium, and the script; or nothing, said aloud.
fn browser() -> Option<PathBuf> {
    for (program, package) in [("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")] {
        find(program, package)?;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inference-browser");
    fs::create_dir_all(&home).unwrap();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), home.join(file)).unwrap();
    }
    if !home.join("node_modules/playwright-core").exists() {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        if !Command::new("npm").args(arguments).current_dir(&home).status().unwrap().success() {
            not_run("needs playwright-core (Debian package npm)");
            return None;
        }
    }
    let script = home.join("docs.mjs");
    fs::copy(python::client("docs.mjs"), &script).unwrap();
    Some(script)
}

#[test]
fn the_page_in_chromium_takes_a_key_and_executes_an_operation() {
    let Some(script) = browser() else { return };
    let dir = tempfile::tempdir().unwrap();
    // With the limits that it has by itself: the page and its files must fit.
    let server = Inference::start(&dir.path().join("data"), &[]);
    let argument = json!({
        "url": format!("http://{}/docs", server.address()),
        "key": server.key(),
        "directory": dir.path().join("browser"),
    });
    let output = Command::new("node").arg(script).arg(argument.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Nothing that its content security policy forbids, nothing from elsewhere, nothing missing.
    assert_eq!(told["complaints"], json!([]), "{told}");
    assert_eq!(told["status"], "200", "{told}");
    assert!(told["body"].as_str().unwrap().contains("llama-7b"), "{told}");
    assert_eq!(told["refused"], "401", "before the key was given: {told}");
}
