//! Every documented row: method, path, the permission that it needs, and what it answers to whoever has it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Answer, Heartmap, header, sample};
use serde_json::{Value, json};

const ALL: [&str; 6] =
    ["results:read", "config:read", "files:analyze", "config:write", "keys:manage", "audit:view"];

fn parameters(top_genes: u64) -> Value {
    json!({
        "min_counts": 0, "min_genes": 5, "min_cells": 3, "top_genes": top_genes, "summary": "both", "keep_minutes": 60,
    })
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let error = &answer.json()["error"];
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{answer:?}");
    assert!(error["message"].is_string() && error.get("details").is_some(), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge == "ApiKey realm=\"api\", header=\"X-API-Key\"", status == 401, "{answer:?}");
}

/// What every answer says beside its body.
#[track_caller]
fn dressed(answer: &Answer) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    assert_eq!(answer.header("vary"), "x-api-key");
    // How many files are under way is the tightest limit of all there, and has no time at which it ends.
    let in_flight = answer.header("ratelimit-policy").contains("concurrent-requests");
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        let is_number = answer.header(name).parse::<u64>().is_ok();
        assert_eq!(is_number, !(in_flight && name.ends_with("reset")), "{name}: {answer:?}");
    }
}

/// What a row answers to nobody, to a key that may do all but this, and to one that may do only this.
#[track_caller]
fn check(server: &Heartmap, needs: &str, ask: impl Fn(&str) -> Answer, status: u16) -> Answer {
    refused(&ask(""), 401, "AUTHENTICATION_FAILED");
    refused(&ask("heartmap_live_wrong"), 401, "AUTHENTICATION_FAILED");
    let others: Vec<_> = ALL.into_iter().filter(|permission| *permission != needs).collect();
    refused(&ask(&server.key_with(&others)), 403, "PERMISSION_DENIED");
    let answer = ask(&server.key_with(&[needs]));
    assert_eq!(answer.status, status, "{answer:?}");
    dressed(&answer);
    answer
}

#[test]
fn analyze_takes_a_file_and_results_gives_its_figures_again() {
    let server = Heartmap::start(&[], &[]);
    let file = sample("hearts.h5ad");
    let made = check(&server, "files:analyze", |key| server.analyze(key, "../../hearts.h5ad", &file), 201);
    let figures = made.json();
    assert_eq!(
        (&figures["file"], &figures["cells"], &figures["genes"]),
        (&json!("hearts.h5ad"), &json!(60), &json!(12))
    );
    let path = format!("/results/{}", figures["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    let read = check(&server, "results:read", |key| server.get(&path, key), 200);
    assert_eq!((read.json(), read.header("cache-control")), (figures, "private"));
    refused(&server.get("/results/none", server.key("VIEWER")), 404, "NOT_FOUND");
    // Extension, signature and size.
    let key = server.key("ANALYST");
    for (name, bytes, status, code) in [
        ("hearts.csv", &file[..], 400, "VALIDATION_ERROR"),
        ("hearts.h5ad", b"no HDF5", 400, "VALIDATION_ERROR"),
        ("hearts.h5ad", &file[..100], 400, "VALIDATION_ERROR"),
    ] {
        refused(&server.analyze(key, name, bytes), status, code);
    }
    let small = Heartmap::start(&["--max-file-mib", "1"], &[]);
    let long = [&file[..], &vec![0; 2 << 20]].concat();
    refused(&small.analyze(small.key("ANALYST"), "a.h5ad", &long), 413, "PAYLOAD_TOO_LARGE");
}

#[test]
fn config_is_read_and_changed_within_bounds_and_every_change_is_recorded() {
    let server = Heartmap::start(&[], &[]);
    let now = check(&server, "config:read", |key| server.get("/config", key), 200).json();
    assert_eq!((&now["revision"], &now["keep_minutes"]), (&json!(1), &json!(60)));
    let changed =
        check(&server, "config:write", |key| server.put("/config", key, &parameters(7)), 200).json();
    assert_eq!((&changed["revision"], &changed["top_genes"]), (&json!(2), &json!(7)));
    let admin = server.key("ADMIN");
    refused(&server.put("/config", admin, &parameters(51)), 400, "VALIDATION_ERROR");
    let mut unknown = parameters(5);
    unknown["max_file_mib"] = json!(512);
    refused(&server.put("/config", admin, &unknown), 400, "VALIDATION_ERROR");
    let text = parameters(5).to_string();
    refused(&server.send("PUT /config", &header(admin), text.as_bytes()), 415, "UNSUPPORTED_MEDIA_TYPE");
    let answer = server.send("DELETE /config", &header(admin), b"");
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, PUT"));
    let log = check(&server, "audit:view", |key| server.get("/audit?act=config.changed", key), 200).json();
    let told: Vec<_> = log["events"].as_array().unwrap().iter().map(|it| it["outcome"].clone()).collect();
    assert_eq!((told, &log["chain"]["holds"]), (vec![json!("done"), json!("begun")], &json!(true)));
    assert_eq!(log["events"][0]["after"]["top_genes"], 7);
}

#[test]
fn keys_are_made_read_rotated_and_revoked_by_who_may() {
    let server = Heartmap::start(&[], &[]);
    let manage = "keys:manage";
    let lines = |key: &str| header(key) + "Content-Type: application/json\r\n";
    let wanted = json!({ "name": "ada", "permissions": [], "roles": [] }).to_string();
    let make = |key: &str| server.send("POST /keys", &lines(key), wanted.as_bytes());
    let made = check(&server, manage, make, 201);
    let (id, key) = (made.json()["id"].as_str().unwrap().to_owned(), made.json()["key"].clone());
    assert_eq!(
        (made.header("location"), made.header("cache-control")),
        (&*format!("/keys/{id}"), "no-store")
    );
    let list = check(&server, manage, |key| server.get("/keys", key), 200);
    let one = check(&server, manage, |key| server.get(&format!("/keys/{id}"), key), 200);
    assert!(!list.body.contains(key.as_str().unwrap()) && !one.body.contains(key.as_str().unwrap()));
    let own = server.get("/keys/self", key.as_str().unwrap());
    assert_eq!((own.status, &own.json()["id"]), (200, &json!(id)));
    refused(&server.get("/keys/self", ""), 401, "AUTHENTICATION_FAILED");
    let rename = |key: &str| server.send(&format!("PATCH /keys/{id}"), &lines(key), br#"{"name":"eve"}"#);
    assert_eq!(check(&server, manage, rename, 200).json()["name"], "eve");
    let rotate = |key: &str| server.send(&format!("POST /keys/{id}/rotate"), &lines(key), b"{}");
    let next = check(&server, manage, rotate, 201).json();
    check(&server, manage, |key| server.send(&format!("DELETE /keys/{id}"), &header(key), b""), 204);
    assert_eq!(server.get("/keys/self", key.as_str().unwrap()).status, 401, "the very next request");
    let lineage = json!({ "lineage": next["lineage"] }).to_string();
    let revoke = |key: &str| server.send("POST /keys/revoke", &lines(key), lineage.as_bytes());
    assert_eq!(check(&server, manage, revoke, 200).json()["revoked"], 1);
}

#[test]
fn anybody_may_ask_whether_it_is_alive_and_how_it_is_called() {
    let server = Heartmap::start(&[], &[]);
    for (path, body) in [("/health", "{\"status\":\"ok\"}"), ("/openapi.json", "\"openapi\":\"3.1.0\"")] {
        let answer = server.get(path, "");
        assert!(answer.status == 200 && answer.body.contains(body), "{answer:?}");
        dressed(&answer);
    }
    refused(&server.get("/none", ""), 404, "NOT_FOUND");
}
