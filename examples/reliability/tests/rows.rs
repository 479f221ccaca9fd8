//! Every documented row: method, path, who may and how often, and what it answers. The breaker, Redis and the settings have tests of their
//! own in `dependency.rs`, `sharing.rs` and `settings.rs`.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Answer, FORM, JSON, Reliability, SECRET_KEY, bearer};
use serde_json::{Value, json};

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let error = &answer.json()["error"];
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{answer:?}");
    assert!(error["message"].is_string() && error.get("details").is_some(), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("www-authenticate").starts_with("Bearer realm=\"api\""), status == 401);
}

fn login(server: &Reliability) -> String {
    let body = json!({ "username": "demo", "password": server.password() }).to_string();
    let answer = server.send("POST /login", JSON, &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// Which fields a 400 names.
#[track_caller]
fn fields(answer: &Answer) -> Vec<Value> {
    refused(answer, 400, "VALIDATION_ERROR");
    let details = answer.json()["error"]["details"].clone();
    details.as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect()
}

#[test]
fn login_trades_a_form_or_json_for_a_token_of_half_an_hour() {
    let server = Reliability::start(&[], &[]);
    let json = json!({ "username": "demo", "password": server.password() }).to_string();
    let form = format!("username=demo&password={}", server.password());
    for (kind, body) in [(JSON, json), (FORM, form)] {
        let answer = server.send("POST /login", kind, &body);
        let told = answer.json();
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
        assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("Bearer"), &json!(1800)));
        assert!(told["expires_at"].as_str().unwrap().ends_with('Z'), "{told}");
        let head = told["token"].as_str().unwrap().split('.').next().unwrap();
        let head = data_encoding::BASE64URL_NOPAD.decode(head.as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&head).unwrap()["alg"], "HS256");
    }
    let wrong = json!({ "username": "demo", "password": "wrong" }).to_string();
    refused(&server.send("POST /login", JSON, &wrong), 401, "AUTHENTICATION_FAILED");
    assert_eq!(fields(&server.send("POST /login", JSON, r#"{"username":1}"#)), ["#/username", "#/password"]);
    refused(&server.send("POST /login", "Content-Type: text/plain\r\n", "a"), 415, "UNSUPPORTED_MEDIA_TYPE");
    refused(&server.send("POST /login", JSON, &"x".repeat(5_000)), 413, "PAYLOAD_TOO_LARGE");
    let answer = server.get("/login");
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
}

#[test]
fn minutes_of_the_environment_are_how_long_a_token_holds() {
    let server = Reliability::start(&[], &[("ACCESS_TOKEN_EXPIRE_MINUTES", "2")]);
    let body = format!("username=demo&password={}", server.password());
    assert_eq!(server.send("POST /login", FORM, &body).json()["expires_in"], 120);
    assert!(!server.log().contains(SECRET_KEY) && !server.greeting().contains(SECRET_KEY));
}

#[test]
fn protected_and_summarize_need_a_token() {
    let server = Reliability::start(&[], &[]);
    let rows = [
        ("GET /protected", ""),
        ("POST /debug/summarize-errors", r#"{"lines":["ERROR a","ERROR b"]}"#),
        ("POST /password", r#"{"old_password":"a","new_password":"b"}"#),
        ("POST /logout/everywhere", ""),
        ("POST /logout", ""),
    ];
    let forged = login(&server) + "A";
    for (row, body) in rows {
        refused(&server.send(row, JSON, body), 401, "AUTHENTICATION_FAILED");
        for token in ["wrong", &forged] {
            let answer = server.send(row, &(bearer(token) + JSON), body);
            refused(&answer, 401, "AUTHENTICATION_FAILED");
            assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{answer:?}");
        }
    }
    let token = bearer(&login(&server)) + JSON;
    let who = server.send("GET /protected", &token, "");
    assert_eq!((who.status, &who.json()["username"]), (200, &json!("demo")));
    let found = server.send(rows[1].0, &token, rows[1].1);
    assert_eq!((found.status, &found.json()["levels"]), (200, &json!({ "error": 2 })), "{found:?}");
    assert_eq!(server.send("POST /logout", &token, "").status, 204);
    assert_eq!(server.send("GET /protected", &token, "").status, 401, "the very next request");
}

#[test]
fn unknown_fields_wrong_types_and_coercions_are_400_and_named() {
    let server = Reliability::start(&[], &[]);
    let token = bearer(&login(&server)) + JSON;
    let check = |body: &str, expected: &[&str]| {
        assert_eq!(fields(&server.send("POST /debug/summarize-errors", &token, body)), expected, "{body}");
    };
    check(r#"{"lines":["a"],"colour":"red"}"#, &["/colour"]);
    check(r#"{"lines":"a"}"#, &["/lines"]);
    check(r#"{"lines":["a",1]}"#, &["/lines/1"]);
    check(r#"{"lines":["a"],"top":"5"}"#, &["/top"]);
    check(r#"{"lines":["a"],"top":5.0}"#, &["/top"]);
    check(r#"{"lines":["a"],"top":true}"#, &["/top"]);
    check(r#"{"lines":["a"],"top":0}"#, &["/top"]);
    check(r#"{"lines":["a"],"lines":["b"]}"#, &["/lines"]);
    check("{}", &["/lines"]);
    check("no JSON", &[""]);
}

#[test]
fn health_is_asked_five_times_a_minute_by_an_address_whoever_calls() {
    let server = Reliability::start(&[], &[]);
    let token = bearer(&login(&server));
    let answers: Vec<_> =
        (0..7).map(|at| server.send("GET /health", if at % 2 == 0 { "" } else { &token }, "")).collect();
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer.header("x-ratelimit-limit"), "5");
        assert_eq!(answer.header("ratelimit-policy"), "\"GET /health\";q=5;w=60");
        assert_eq!(answer.header("x-ratelimit-reset"), answers[0].header("x-ratelimit-reset"));
        if at < 5 {
            assert_eq!((answer.status, answer.body.as_str()), (200, "{\"status\":\"ok\"}"));
            assert_eq!(answer.header("x-ratelimit-remaining"), (4 - at).to_string());
        } else {
            refused(answer, 429, "RATE_LIMITED");
            assert!((1..=60).contains(&answer.header("retry-after").parse::<u64>().unwrap()), "{answer:?}");
        }
    }
}

#[test]
fn convert_and_dependency_tell_of_the_breaker() {
    let server = Reliability::start(&[], &[]);
    let live = server.get("/convert?from=EUR&to=USD&amount=12.50");
    assert_eq!((live.status, &live.json()["source"]), (200, &json!("live")), "{live:?}");
    assert_eq!(server.get("/dependency").json()["breaker"], "closed");
    assert_eq!(server.upstream("PUT /mode", "down").status, 204);
    for _ in 0..4 {
        let answer = server.get("/convert?from=EUR&to=USD&amount=12.50");
        assert_eq!((answer.status, &answer.json()["source"]), (200, &json!("fallback")), "{answer:?}");
    }
    let told = server.get("/dependency").json();
    assert_eq!(told["breaker"], "open");
    assert!((1..=6).contains(&told["retry_in_seconds"].as_u64().unwrap()), "{told}");
    assert_eq!(fields(&server.get("/convert?from=EUR&to=XXX&amount=1")), ["/to"]);
    refused(&server.get("/none"), 404, "NOT_FOUND");
}
