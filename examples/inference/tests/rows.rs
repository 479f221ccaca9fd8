//! Every documented row: method, path, the permission that it needs, and what it answers to whoever has it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Inference, id_of};
use serde_json::json;

const ALL: [&str; 11] = [
    "read_models",
    "write_models",
    "delete_models",
    "run_inference",
    "manage_cache",
    "read_metrics",
    "write_config",
    "manage_users",
    "view_audit_logs",
    "use_streaming",
    "manage_queue",
];
const ASK: &str = r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#;

/// What a row answers without a credential, with a key that may do all but this, and with one that may do only this.
fn check(server: &Inference, row: &str, needs: &[&str], body: &str, expected: (u16, &str)) {
    let (method, path) = row.split_once(' ').unwrap();
    let row = format!("{method} /api/v1{path}");
    assert_eq!(server.send(&row, None, body).status, 401, "{row}");
    for missing in needs {
        let others: Vec<_> = ALL.into_iter().filter(|permission| permission != missing).collect();
        let refused = server.send(&row, Some(&server.key_with(&others)), body);
        assert_eq!((refused.status, refused.body.contains("PERMISSION_DENIED")), (403, true), "{row}");
    }
    let answer = server.send(&row, Some(&server.key_with(needs)), body);
    assert!(answer.status == expected.0 && answer.body.contains(expected.1), "{row}: {answer:?}");
    assert!(!answer.header("x-ratelimit-limit").is_empty(), "{row}: {answer:?}");
}

#[test]
fn keys_and_users() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let manage = &["manage_users"];
    let new = r#"{"name":"ci","permissions":["read_models"],"expires_in_days":90}"#;
    check(&server, "POST /auth/api-keys", manage, new, (201, "\"key\":\"inference_live_"));
    check(&server, "GET /auth/api-keys", manage, "", (200, "\"api_keys\":["));
    let key = server.key_with(&["read_models"]);
    let one = format!("/auth/api-keys/{}", id_of(&key));
    check(&server, &format!("GET {one}"), manage, "", (200, "\"name\":\"narrow\""));
    check(&server, &format!("POST {one}/rotate"), manage, "", (201, "\"key\":\"inference_live_"));
    assert_eq!(server.send("GET /api/v1/models", Some(&key), "").status, 200, "the old one holds a while");
    check(&server, &format!("DELETE {one}"), manage, "", (204, ""));
    assert_eq!(server.send("GET /api/v1/models", Some(&key), "").status, 401, "the very next request");

    let anna = r#"{"username":"anna","password":"a gate in the fence by the river"}"#;
    check(&server, "POST /users", manage, anna, (201, "\"username\":\"anna\""));
    check(&server, "GET /users", manage, "", (200, "\"username\":\"anna\""));
    let users = server.send("GET /api/v1/users", server.key(), "").json();
    let users = users["users"].as_array().unwrap();
    let anna = users.iter().find(|user| user["username"] == "anna").unwrap()["id"].as_str().unwrap();
    check(&server, &format!("DELETE /users/{anna}"), manage, "", (204, ""));
}

#[test]
fn models_answers_and_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let tides = json!({ "name": "tides", "text": "The tide comes in and the tide goes out. ".repeat(10) });
    check(&server, "POST /models", &["write_models"], &tides.to_string(), (201, "\"name\":\"tides\""));
    check(&server, "GET /models", &["read_models"], "", (200, "\"name\":\"tides\""));
    check(&server, "GET /models/llama-7b", &["read_models"], "", (200, "\"name\":\"llama-7b\""));
    check(&server, "DELETE /models/tides", &["delete_models"], "", (204, ""));
    check(&server, "POST /inference", &["run_inference"], ASK, (200, "\"output\":"));
    check(&server, "POST /inference/stream", &["run_inference", "use_streaming"], ASK, (200, "event: done"));
    check(&server, "GET /cache", &["manage_cache"], "", (200, "\"misses\":"));
    check(&server, "DELETE /cache", &["manage_cache"], "", (204, ""));
    check(&server, "POST /queue", &["manage_queue"], ASK, (202, "\"status\":\"waiting\""));
    check(&server, "GET /queue", &["manage_queue"], "", (200, "\"jobs\":[{"));
    check(&server, "DELETE /queue", &["manage_queue"], "", (204, ""));
}

#[test]
fn what_operators_read_and_change_and_what_anybody_may_ask() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    check(&server, "GET /metrics", &["read_metrics"], "", (200, "# TYPE "));
    check(&server, "GET /config", &["write_config"], "", (200, "\"max_prompt\":10000"));
    let change = r#"{"max_tokens":32}"#;
    check(&server, "PUT /config", &["write_config"], change, (200, "\"max_tokens\":32"));
    check(&server, "GET /audit", &["view_audit_logs"], "", (200, "\"holds\":true"));
    check(&server, "GET /auth/whoami", &[], "", (200, "\"permissions\":[]"));
    for path in ["/health", "/ready", "/openapi.json"] {
        assert_eq!(server.send(&format!("GET /api/v1{path}"), None, "").status, 200, "{path}");
    }
    let anybody = server.send("GET /api/v1/ready", None, "");
    assert_eq!(anybody.body, r#"{"status":"ready"}"#);
    let detail = server.send("GET /api/v1/ready", Some(&server.key_with(&["read_metrics"])), "");
    assert!(detail.body.contains("\"database\":\"ready\""), "{detail:?}");
    let login = json!({ "username": "admin", "password": server.password().unwrap() }).to_string();
    let login = server.send("POST /api/v1/auth/login", None, &login).json();
    for member in ["token", "expires_at", "token_type", "expires_in"] {
        assert!(!login[member].is_null(), "{login}");
    }
}
