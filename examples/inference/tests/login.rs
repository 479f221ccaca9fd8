//! Logins over HTTP: from a password to tokens, what these open, and how they end.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use inference::accounts::{ISSUER, SIGNING_KEYS};
use palisade::{
    Clock,
    jwt::{Grant, Issuer, SigningKeys},
};
use palisade_testing::programs::find;
use running::{Inference, password_in, refused, told};
use serde_json::json;
use std::{path::Path, process::Command};

const LOGIN: &str = "POST /api/v1/auth/login";
const REFRESH: &str = "POST /api/v1/auth/refresh";
const LOGOUT: &str = "POST /api/v1/auth/logout";
const WHOAMI: &str = "GET /api/v1/auth/whoami";

fn renewing(token: &str) -> String {
    json!({ "refresh_token": token }).to_string()
}

#[test]
fn a_password_becomes_a_token_that_opens_what_its_user_may() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let body = json!({"username": "admin", "password": server.password().unwrap()}).to_string();
    let answer = server.send(LOGIN, None, &body);
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{}", answer.body);
    assert_eq!(
        (&answer.json()["token_type"], &answer.json()["expires_in"]),
        (&json!("Bearer"), &json!(1800))
    );
    let ends = inference::rfc3339::parse(&answer.text("expires_at")).unwrap();
    let now = Clock::system().now().wall.as_secs();
    assert!((now + 1_700..=now + 1_801).contains(&ends));

    let token = answer.text("token");
    let who = server.ask(WHOAMI, &token, "").json();
    assert_eq!((&who["kind"], &who["token"]["issuer"]), (&json!("jwt"), &json!(ISSUER)));
    assert_eq!(who["permissions"].as_array().unwrap().len(), inference::permissions::ALL.len());
    assert_eq!(who["expires_at"].as_str(), Some(&*answer.text("expires_at")));
    assert!(who["limits"].as_array().unwrap().iter().any(|limit| limit["policy"] == "principal"), "{who}");
    let asked = r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#;
    assert_eq!(server.ask("POST /api/v1/inference", &token, asked).status, 200);

    // A token makes a key, and a key makes a user: both are callers.
    let wanted = r#"{"name":"ci","permissions":["read_models"]}"#;
    let made = server.ask("POST /api/v1/auth/api-keys", &token, wanted);
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(server.send("GET /api/v1/models", Some(&made.text("key")), "").status, 200);
    let ada =
        json!({"username": "Ada", "password": "four words and a comma,", "roles": ["user"], "plan": "free"});
    let made = server.send("POST /api/v1/users", server.key(), &ada.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.text("id");

    // She may use models and not manage anything; her plan is that of her record.
    let body = "username=ada&password=four+words+and+a+comma%2C";
    let form = "Content-Type: application/x-www-form-urlencoded";
    let answer = server.form(LOGIN, form, body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = answer.text("token");
    assert_eq!(server.ask("GET /api/v1/models", &token, "").status, 200);
    let refused = server.ask("GET /api/v1/users", &token, "");
    assert!(
        refused.status == 403 && refused.header("www-authenticate").contains("manage_users"),
        "{refused:?}"
    );
    let who = server.ask(WHOAMI, &token, "").json();
    assert_eq!((&who["plan"], &who["token"]["subject"]), (&json!("free"), &json!(id)));

    // Whoever is removed is out with the next request.
    let (admin, _) = server.login();
    assert_eq!(server.ask(&format!("DELETE /api/v1/users/{id}"), &admin, "").status, 204);
    assert_eq!(server.ask("GET /api/v1/models", &token, "").status, 401);
    // The last one who may manage users stays.
    let me = server.ask(WHOAMI, &admin, "").json()["token"]["subject"].as_str().unwrap().to_owned();
    assert_eq!(server.ask(&format!("DELETE /api/v1/users/{me}"), &admin, "").status, 409);
}

#[test]
fn whatever_is_wrong_with_a_login_the_answer_is_one() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let password = server.password().unwrap();
    let answers: Vec<_> = [("admin", "wrong"), ("nobody", password), ("admin", &password[1..])]
        .iter()
        .map(|(name, password)| {
            let answer =
                server.send(LOGIN, None, &json!({"username": name, "password": password}).to_string());
            assert_eq!(answer.status, 401, "{}", answer.body);
            assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"api\""), "{}", answer.head);
            answer.json()["error"]["message"].clone()
        })
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    for (body, field) in [
        (r#"{"username":"admin"}"#, "#/password"),
        (r#"{"username":1,"password":"x"}"#, "#/username"),
        (r#"{"username":"admin","password":"x","otp":"1"}"#, "#/otp"),
        (r#"{"username":"admin","password":"x","password":"y"}"#, "#"),
    ] {
        let answer = server.send(LOGIN, None, body);
        assert!(answer.status == 400 && answer.body.contains("VALIDATION_ERROR"), "{}", answer.body);
        assert!(answer.body.contains(&format!("\"{field}\"")), "{}", answer.body);
    }
    let large = json!({"username": "admin", "password": "x".repeat(5_000)}).to_string();
    assert_eq!(server.send(LOGIN, None, &large).status, 413);
    // Five guesses from one address, and no more for a minute.
    let guess = json!({"username": "ADMIN ", "password": "wrong"}).to_string();
    let answers: Vec<_> = (0..4)
        .filter_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            server.send_once(LOGIN, None, &guess)
        })
        .collect();
    let last = answers.last().unwrap();
    assert_eq!(last.status, 429, "{}", last.body);
    assert!(last.header("retry-after").parse::<u64>().unwrap() > 1, "{}", last.head);
}

#[test]
fn logging_out_ends_both_tokens_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let ((token, refresh), (other, _)) = (server.login(), server.login());
    assert_eq!(server.ask(WHOAMI, &token, "").status, 200);
    assert_eq!(server.send(LOGOUT, None, &renewing(&refresh)).status, 204);
    let answer = server.ask(WHOAMI, &token, "");
    assert!(
        answer.status == 401 && answer.header("www-authenticate").contains("invalid_token"),
        "{answer:?}"
    );
    assert_eq!(server.send(REFRESH, None, &renewing(&refresh)).status, 401);
    // The other session goes on until all are ended.
    assert_eq!(server.ask(WHOAMI, &other, "").status, 200);
    assert_eq!(server.ask("POST /api/v1/auth/logout/everywhere", &other, "").status, 204);
    assert_eq!(server.ask(WHOAMI, &other, "").status, 401);
}

#[test]
fn users_and_logins_outlive_the_process_and_a_lost_password_is_replaced_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &[]);
    let first = server.password().unwrap().to_owned();
    let ((token, refresh), (gone, ended)) = (server.login(), server.login());
    assert_eq!(server.send(LOGOUT, None, &renewing(&ended)).status, 204);
    drop(server);
    let server = Inference::start(&data, &[]);
    assert_eq!(server.ask(WHOAMI, &token, "").status, 200);
    assert_eq!(server.ask(WHOAMI, &gone, "").status, 401);
    let renewed = server.send(REFRESH, None, &renewing(&refresh));
    assert_eq!(renewed.status, 200, "{}", renewed.body);

    // Beside a running server, which learns of it with the next request.
    let second = told(&data, &["user", "password", "Admin"]);
    let second = password_in(&second).unwrap();
    assert_eq!(server.ask(WHOAMI, &renewed.text("token"), "").status, 401);
    assert_eq!(server.send(REFRESH, None, &renewing(&renewed.text("refresh_token"))).status, 401);
    let login = |password: &str| {
        server.send(LOGIN, None, &json!({"username": "admin", "password": password}).to_string()).status
    };
    assert_eq!((login(&first), login(second)), (401, 200));
    let text = refused(&data, &["user", "password", "nobody"], &[]);
    assert!(text.contains("there is no user \"nobody\""), "{text}");
}

#[test]
fn a_refresh_token_is_good_once_and_its_second_use_ends_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let (_, first) = server.login();
    let renewed = server.send(REFRESH, None, &renewing(&first));
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    let (token, second) = (renewed.text("token"), renewed.text("refresh_token"));
    assert_ne!(first, second);
    assert_eq!(server.ask(WHOAMI, &token, "").status, 200);
    // Whoever brings the first one again is a thief, or was robbed.
    assert_eq!(server.send(REFRESH, None, &renewing(&first)).status, 401);
    assert_eq!(server.send(REFRESH, None, &renewing(&second)).status, 401);
    assert_eq!(server.ask(WHOAMI, &token, "").status, 401);
}

/// A token of this service that was issued so many seconds ago, for half an hour.
fn minted(data: &Path, ago: u64) -> String {
    let keys = SigningKeys::in_directory(data.join(SIGNING_KEYS)).open().unwrap();
    let issuer = Issuer::builder(ISSUER).audience(ISSUER).keys(&keys).unwrap();
    let then = palisade::UnixTime::from_secs(Clock::system().now().wall.as_secs() - ago);
    let grant = Grant::to("0123456789abcdef0123456789abcdef").scopes("read_models".parse().unwrap());
    let minted = issuer.mint(&grant, then).unwrap();
    String::from_utf8(minted.token.expose().to_vec()).unwrap()
}

#[test]
fn an_expired_token_is_told_apart_and_a_forged_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let (data, other) = (dir.path().join("data"), dir.path().join("other"));
    let server = Inference::start(&data, &[]);
    assert_eq!(server.ask("GET /api/v1/models", &minted(&data, 1_700), "").status, 200);
    let old = server.ask("GET /api/v1/models", &minted(&data, 1_900), "");
    assert_eq!(old.status, 401);
    assert!(old.header("www-authenticate").contains("The access token expired"), "{}", old.head);
    let forged = server.ask("GET /api/v1/models", &minted(&other, 0), "");
    assert_eq!(forged.status, 401);
    assert!(forged.header("www-authenticate").contains("The access token is invalid"), "{}", forged.head);
    let keys = server.send("GET /.well-known/jwks.json", None, "");
    assert!(keys.status == 200 && keys.json()["keys"][0]["d"].is_null(), "{}", keys.body);
    // A restart keeps the keys, and with them the tokens.
    let token = minted(&data, 0);
    drop(server);
    let server = Inference::start(&data, &[]);
    assert_eq!(server.ask("GET /api/v1/models", &token, "").status, 200);
}

#[test]
fn servers_with_one_secret_take_one_anothers_tokens_and_a_weak_one_takes_none() {
    let dir = tempfile::tempdir().unwrap();
    let secret = [("INFERENCE_JWT_SECRET", "s7Vq0pXk2LmZ9cRt4NwB8yHdJ6fGaE1u")];
    let one = Inference::start_with(&dir.path().join("one"), &[], &secret);
    let other = Inference::start_with(&dir.path().join("other"), &[], &secret);
    let (token, _) = one.login();
    assert_eq!(other.ask("GET /api/v1/models", &token, "").status, 200);
    assert!(!dir.path().join("one").join(SIGNING_KEYS).exists());
    assert_eq!(one.send("GET /.well-known/jwks.json", None, "").json()["keys"], json!([]));
    for weak in ["", "short", "your-secret-key-here-change-in-production"] {
        let text = refused(
            &dir.path().join("weak"),
            &["--listen", "127.0.0.1:0"],
            &[("INFERENCE_JWT_SECRET", weak)],
        );
        assert!(text.contains("INFERENCE_JWT_SECRET: ") && text.contains("openssl rand"), "{text}");
        assert!(weak.is_empty() || !text.contains(weak), "{text}");
    }
}

#[test]
fn the_documented_lines_work_as_they_stand() {
    if find("curl", "curl").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let (address, password) = (server.address(), server.password().unwrap());
    let line = format!(
        r#"curl -s -X POST http://{address}/api/v1/auth/login -H "Content-Type: application/json" -d '{{"username": "admin", "password": "{password}"}}'"#
    );
    let run = |line: &str| {
        let output = Command::new("sh").args(["-c", line]).env("NO_PROXY", "*").output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let answer = run(&line);
    let token = answer["token"].as_str().unwrap();
    let line = format!(
        r#"curl -s -X POST http://{address}/api/v1/auth/api-keys -H "Authorization: Bearer {token}" -H "Content-Type: application/json" -d '{{"name": "my-app-key", "permissions": ["read_models", "run_inference"], "expires_in_days": 90}}'"#
    );
    let made = run(&line);
    let key = made["key"].as_str().unwrap();
    let line = format!(
        r#"curl -s -X POST http://{address}/api/v1/inference -H "X-API-Key: {key}" -H "Content-Type: application/json" -d '{{"prompt": "Hello", "model": "llama-7b"}}'"#
    );
    assert_eq!(run(&line)["model"], "llama-7b");
}

#[test]
fn every_request_is_a_line_that_says_who_called() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let (token, _) = server.login();
    let id = server.ask(WHOAMI, &token, "").json()["id"].as_str().unwrap().to_owned();
    server.send("GET /api/v1/models?token=planted", Some("no key"), "");
    let log = server.access("/api/v1/models");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |route: &str| lines.iter().find(|line| line["route"] == route).unwrap();
    let login = line("/api/v1/auth/login");
    assert_eq!((&login["status"], &login["client"]), (&json!(200), &json!("127.0.0.1")));
    assert!(login["principal"].is_null());
    let who = line("/api/v1/auth/whoami");
    assert_eq!((who["status"].as_u64(), who["principal"].as_str()), (Some(200), Some(&*format!("jwt:{id}"))));
    assert_eq!(line("/api/v1/models")["status"], 401);
    assert!(!log.contains("planted") && !log.contains(&token));
    drop(server);

    let server = Inference::start(&dir.path().join("data"), &["--access-log", "text"]);
    server.send("GET /api/v1/health", None, "");
    let log = server.access("/api/v1/health");
    assert!(log.contains("/api/v1/health") && !log.starts_with('{'), "{log}");
    drop(server);
    let silent = Inference::start_with(&dir.path().join("data"), &[], &[("ACCESS_LOG", "off")]);
    assert_eq!(silent.send("GET /api/v1/health", None, "").status, 200);
}
