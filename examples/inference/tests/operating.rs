//! What those do who operate the service: settings at run time, the audit log, numbers, explanations, readiness, other origins.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use palisade::{
    Secret,
    observe::audit::{AuditLog as _, Chain, Entry, FileAudit, Sync},
};
use running::{Inference, refused};
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};

const CONFIG: &str = "/api/v1/config";
const AUDIT: &str = "GET /api/v1/audit";

fn pointers(answer: &running::Answer) -> Vec<String> {
    let details = answer.json()["error"]["details"].clone();
    details.as_array().unwrap().iter().map(|wrong| wrong["pointer"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn settings_change_at_once_within_their_ranges_and_on_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let key = server.key().unwrap();
    let put = |body: &str| server.send(&format!("PUT {CONFIG}"), Some(key), body);
    let shown = || server.send(&format!("GET {CONFIG}"), Some(key), "").json();
    let before = shown();
    assert_eq!(before.as_object().unwrap().len(), 6, "{before}");

    // Everything that is wrong at once, and nothing changed.
    let wrong = put(r#"{"max_prompt":0,"max_tokens":513,"requests_per_minute":9,"max_queue":1001}"#);
    assert_eq!(wrong.status, 400);
    assert_eq!(pointers(&wrong), ["/max_prompt", "/max_queue", "/max_tokens", "/requests_per_minute"]);
    let unknown = put(r#"{"listen":"0.0.0.0:80","cache":"no","max_prompt":1.5}"#);
    assert_eq!(unknown.status, 400);
    let mut found = pointers(&unknown);
    found.sort_unstable();
    assert_eq!(found, ["/cache", "/listen", "/max_prompt"], "{}", unknown.body);
    let narrow = server.key_with(&["read_metrics"]);
    for request in [format!("GET {CONFIG}"), format!("PUT {CONFIG}")] {
        assert_eq!(server.send(&request, Some(&narrow), r#"{"cache":false}"#).status, 403);
        assert_eq!(server.send(&request, None, r#"{"cache":false}"#).status, 401);
    }
    assert_eq!(shown(), before);

    let changed = put(r#"{"max_prompt":5,"max_tokens":3,"cache":false}"#);
    assert_eq!((changed.status, &changed.json()), (200, &shown()));
    // From the next request on.
    let ask = |prompt: &str| {
        let body = json!({"model": "llama-7b", "prompt": prompt}).to_string();
        server.send("POST /api/v1/inference", Some(key), &body)
    };
    let answer = ask("gates");
    assert_eq!((answer.status, answer.header("x-cache")), (200, "off"));
    assert_eq!(answer.json()["usage"]["completion_tokens"], 3);
    assert_eq!(ask("gates!").status, 400);
    assert_eq!(put(r#"{"requests_per_minute":10}"#).status, 200);
    let limited = server.send("GET /api/v1/models", Some(&narrow), "");
    assert_eq!(limited.header("x-ratelimit-limit"), "10");
    assert_eq!(put(r#"{"requests_per_minute":1000}"#).status, 200);

    let log = server.send(&format!("{AUDIT}?act=config.changed&limit=6"), Some(key), "").json();
    let events = log["events"].as_array().unwrap();
    let first = events.iter().find(|event| event["after"]["max_prompt"] == 5).unwrap();
    assert_eq!((&first["before"]["max_prompt"], &first["before"]["cache"]), (&json!(10_000), &json!(true)));
    assert_eq!((&first["after"]["cache"], &first["outcome"]), (&json!(false), &json!("done")));
    assert_eq!(
        (&first["client"], &first["request_id"]),
        (&json!("127.0.0.1"), &json!(changed.header("x-request-id")))
    );
    assert!(first["actor"].as_str().unwrap().starts_with("api_key:"), "{first}");
    let outcomes: Vec<&Value> = events.iter().map(|event| &event["outcome"]).collect();
    assert_eq!(outcomes, ["done", "begun", "done", "begun", "done", "begun"]);
}

/// Makes the audit log this long, with records that say nothing.
fn fill(data: &Path, records: usize) -> u64 {
    let key = Secret::new(fs::read(data.join("audit.key")).unwrap());
    let path = data.join("audit.jsonl");
    let log =
        FileAudit::open(&path, Chain::keyed(&key).unwrap(), Sync::Every(Duration::from_secs(1))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..records / 100 {
        let entries = (0..100).map(|_| Entry::new("test.filled")).collect();
        runtime.block_on(log.append(entries)).unwrap();
    }
    fs::metadata(&path).unwrap().len()
}

#[cfg(unix)]
#[test]
fn a_change_that_cannot_be_recorded_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let key = Inference::start(&data, &[]).key().unwrap().to_owned();
    // No file may grow any more than by a little: the log is the longest one by far, so it is the one that ends.
    let blocks = fill(&data, 20_000) / 512 + 1;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let server = Inference::start_in(&script, &data, &["--address-limit", "1000/second burst 1000"]);
    let put = |body: &str| server.send("PUT /api/v1/config", Some(&key), body);
    let answers: Vec<running::Answer> = (1..=5).map(|n| put(&format!(r#"{{"max_tokens":{n}}}"#))).collect();
    let refused = answers.last().unwrap();
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (503, &json!("SERVICE_UNAVAILABLE")));
    assert_eq!(refused.json()["error"]["details"]["done"], false);
    let made = answers
        .iter()
        .filter(|answer| answer.status == 200 || answer.json()["error"]["details"]["done"] == true);
    let expected = made.count();
    let shown = server.send("GET /api/v1/config", Some(&key), "").json()["max_tokens"].as_u64().unwrap();
    assert_eq!(shown, if expected == 0 { 64 } else { expected as u64 });
    let text = r#"{"name":"tides","text":"one two three four five six seven eight nine ten one two three four five six seven eight nine ten"}"#;
    assert_eq!(server.send("POST /api/v1/models", Some(&key), text).status, 503);
    assert_eq!(server.send("DELETE /api/v1/models/llama-7b", Some(&key), "").status, 503);
    let models = server.send("GET /api/v1/models", Some(&key), "").body;
    assert!(models.contains("llama-7b") && !models.contains("tides"), "{models}");
    // Those who change nothing are answered.
    let asked = r#"{"model":"llama-7b","prompt":"Who keeps the gate?"}"#;
    assert_eq!(server.send("POST /api/v1/inference", Some(&key), asked).status, 200);
}

#[test]
fn the_audit_log_is_read_in_pages_and_says_whether_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start_wide(&data, &[]);
    let key = server.key().unwrap().to_owned();
    let narrow = server.key_with(&["read_metrics"]);
    assert_eq!(server.send(AUDIT, Some(&narrow), "").status, 403);
    assert_eq!(server.send(AUDIT, None, "").status, 401);
    assert_eq!(server.send(&format!("{AUDIT}?limit=0"), Some(&key), "").status, 400);
    assert_eq!(server.send("DELETE /api/v1/models/llama-mini", Some(&key), "").status, 204);

    let (mut sequences, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.send(&format!("{AUDIT}?limit=2{cursor}"), Some(&key), "");
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{}", page.body);
        let page = page.json();
        assert_eq!(page["chain"]["holds"], true, "{page}");
        sequences.extend(
            page["events"].as_array().unwrap().iter().map(|event| event["sequence"].as_u64().unwrap()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<u64> = (1..=sequences[0]).rev().collect();
    assert_eq!(sequences, expected, "newest first, without gaps");
    let acts = server.send(&format!("{AUDIT}?limit=200"), Some(&key), "").body;
    for act in ["key.created", "authz.denied", "authn.failure", "config.changed", "model.deleted"] {
        assert!(acts.contains(&format!("\"act\":\"{act}\"")), "{act}: {acts}");
    }
    drop(server);

    // Whoever edits a line is found out.
    let path = data.join("audit.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("llama-mini"));
    fs::write(&path, text.replacen("llama-mini", "llama-maxi", 1)).unwrap();
    let server = Inference::start(&data, &[]);
    let chain = server.send(AUDIT, Some(&key), "").json()["chain"].clone();
    assert!(chain["holds"] == false && chain["fault"]["sequence"].is_u64(), "{chain}");
}

#[test]
fn numbers_explanations_and_readiness_are_for_those_who_may() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let key = server.key();
    let (metrics, auditor) = (server.key_with(&["read_metrics"]), server.key_with(&["view_audit_logs"]));
    let refused = server.send("GET /api/v1/models", Some("made-up"), "");
    let id = refused.header("x-request-id");
    let explain = format!("GET /_palisade/explain/{id}");

    let text = server.send("GET /api/v1/metrics", Some(&metrics), "");
    assert_eq!((text.status, text.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    for series in [
        "# TYPE http_server_request_duration histogram",
        "http_route=\"/api/v1/models\"",
        "palisade_decisions",
        "palisade_events",
        "palisade_stage_duration_bucket",
    ] {
        assert!(text.body.contains(series), "{series}: {}", text.body);
    }
    let told = server.send(&explain, Some(&auditor), "");
    assert_eq!((told.status, &told.json()["request_id"]), (200, &json!(id)), "{}", told.body);
    assert_eq!(told.json()["denied"]["code"], "AUTHENTICATION_FAILED");
    assert!(told.json()["denied"]["reason"].is_string());
    for (request, other) in [("GET /api/v1/metrics", &auditor), (&*explain, &metrics)] {
        assert_eq!(server.send(request, Some(other), "").status, 403);
        assert_eq!(server.send(request, None, "").status, 401);
    }
    let nothing = "GET /_palisade/explain/00000000-0000-4000-8000-000000000000";
    assert_eq!(server.send(nothing, Some(&auditor), "").status, 404);

    for nosy in [None, Some(&*auditor)] {
        let ready = server.send("GET /api/v1/ready", nosy, "");
        assert_eq!((ready.status, &*ready.body), (200, r#"{"status":"ready"}"#));
    }
    let ready = server.send("GET /api/v1/ready", Some(&metrics), "").json();
    assert_eq!((&ready["database"], &ready["models"]), (&json!("ready"), &json!(3)));
    assert!(ready["queue"]["waiting"] == 0 && ready["cache"]["entries"] == 0, "{ready}");
    let health = server.send("GET /api/v1/health", None, "");
    assert_eq!((health.status, &*health.body), (200, r#"{"status":"ok"}"#));
    assert_eq!(server.send("GET /api/v1/health", key, "").status, 200);
}

#[test]
fn pages_of_listed_origins_may_ask_and_every_answer_is_safe_to_show() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("inference.toml");
    // The lines of the documentation.
    let text = r#"
        [server]
        cors_origins = ["https://your-frontend.com"]
        cors_methods = ["GET", "POST", "DELETE"]
        cors_headers = ["Authorization", "Content-Type", "X-API-Key"]
    "#;
    fs::write(&file, text).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let data = dir.path().join("data");
    let server = Inference::start(&data, &config);
    let preflight = |origin: &str, method: &str| {
        let lines = format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: x-api-key\r\n"
        );
        server.patiently("OPTIONS /api/v1/models", &lines, "")
    };
    let ours = preflight("https://your-frontend.com", "DELETE");
    assert_eq!(ours.header("access-control-allow-origin"), "https://your-frontend.com", "{ours:?}");
    let methods = ours.header("access-control-allow-methods");
    assert!(
        ["GET", "POST", "DELETE"].iter().all(|method| methods.contains(method)) && !methods.contains("PUT")
    );
    assert!(ours.header("access-control-allow-headers").to_lowercase().contains("x-api-key"));
    assert_eq!(preflight("https://elsewhere.example", "GET").header("access-control-allow-origin"), "");
    let refusal = server.patiently("GET /api/v1/models", "Origin: https://your-frontend.com\r\n", "");
    assert_eq!(
        (refusal.status, refusal.header("access-control-allow-origin")),
        (401, "https://your-frontend.com")
    );
    for answer in [&refusal, &server.send("GET /api/v1/models", server.key(), "")] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!((answer.header("referrer-policy"), answer.header("server")), ("no-referrer", ""));
    }
    drop(server);

    fs::write(&file, "[server]\ncors_origins = [\"https://your-frontend.com/\"]\n").unwrap();
    let serve = [&config[..], &["--listen", "127.0.0.1:0"]].concat();
    assert!(refused(&data, &serve, &[]).contains("cors.origins[0]"));
    fs::write(&file, "[server]\nmax_prompt = 0\nmax_body = 0\n").unwrap();
    let told = refused(&data, &serve, &[]);
    assert!(
        told.contains("inference.toml:2: server.max_prompt: ")
            && told.contains("inference.toml:3: server.max_body: "),
        "{told}"
    );
    // One server writes an audit log.
    fs::write(&file, "").unwrap();
    let _server = Inference::start(&data, &[]);
    assert!(refused(&data, &serve, &[]).contains("give this one its own with --audit-log"));
}

#[test]
fn an_audit_log_without_its_key_is_not_continued() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    drop(Inference::start(&data, &[]));
    fs::remove_file(data.join("audit.key")).unwrap();
    let told = refused(&data, &["--listen", "127.0.0.1:0"], &[]);
    assert!(told.contains("made with another key") && !told.contains("--audit-log"), "{told}");
}

#[test]
fn made_up_credentials_are_told_of_and_refused_for_a_while_where_that_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &["--ban-minutes", "1"]);
    let statuses: Vec<u16> = (0..30)
        .map(|_| server.send_with("GET /api/v1/models", "X-API-Key: made-up\r\n", "").unwrap().status)
        .collect();
    assert!(statuses[..15].iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let ours = server.send_once("GET /api/v1/models", server.key(), "").unwrap();
    assert_eq!(ours.status, 429, "the address is banned, whatever it presents now");
    let log = server.log();
    assert!(log.contains("somebody is suspicious sign=\"junk_credentials\" who=\"127.0.0.1\""), "{log}");
}
