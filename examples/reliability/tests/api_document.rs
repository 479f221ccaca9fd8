//! The API document: every route is in it, and schemathesis finds nothing that it does not tell.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "../../inference/tests/python/mod.rs"]
mod python;
mod running;

use python::{client, fuzz::schemathesis};
use running::Reliability;

#[test]
fn every_route_is_in_the_document_in_words() {
    let server = Reliability::start(&[], &[]);
    let document = server.get("/openapi.json").json();
    let lock = include_str!("../security.lock").lines().filter(|line| !line.starts_with('#'));
    for line in lock {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let told = &document["paths"][path][method.to_ascii_lowercase()];
        assert!(!told["summary"].as_str().unwrap().is_empty(), "{line}");
    }
}

#[test]
fn schemathesis_finds_nothing_that_the_document_does_not_tell() {
    let server = Reliability::start(&[], &[]);
    let url = format!("http://{}/openapi.json", server.address());
    let variables = [("PASSWORD", server.password())];
    let Some(tally) = schemathesis(&url, &client("hooks.py"), &variables) else { return };
    tally.everything_worked_but(&[]);
}
