//! Nothing that is secret is written where it does not belong.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;
mod scanner;

use running::{Inference, id_of, key_in, refused, told};
use scanner::{Scanner, Sink, files};
use serde_json::json;
use std::fs;

const KEYS: &str = "/api/v1/auth/api-keys";

fn holds(text: &[u8], secret: &str) -> bool {
    text.windows(secret.len()).any(|window| window == secret.as_bytes())
}

fn look(hidden: &[String], places: &[Sink]) {
    let mut scanner = Scanner::default();
    for (at, secret) in hidden.iter().enumerate() {
        scanner.hide(&format!("secret {at}"), secret);
    }
    scanner.nothing_in(places);
}

#[test]
fn a178_there_is_no_account_that_everybody_knows_and_what_logs_in_is_written_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let (data, other) = (dir.path().join("data"), dir.path().join("other"));
    let server = Inference::start(&data, &["--log-level", "trace"]);
    let password = server.password().unwrap().to_owned();
    assert!(password.len() >= 26 && Inference::start(&other, &[]).password() != Some(&*password));
    for guess in ["admin", "password", "changeme", "inference", "correct horse battery staple"] {
        let body = json!({"username": "admin", "password": guess}).to_string();
        assert_eq!(server.send("POST /api/v1/auth/login", None, &body).status, 401, "{guess}");
    }
    let mut hidden = vec![password.clone()];
    // Five guesses at an account are what one address has; what counts them is new with the process.
    drop(server);
    let server = Inference::start(&data, &["--log-level", "trace"]);
    assert!(server.password().is_none());
    let body = json!({"username": "admin", "password": password}).to_string();
    let answer = server.send("POST /api/v1/auth/login", None, &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (access, refresh) = (answer.text("token"), answer.text("refresh_token"));
    // As a form, in the wrong place, in the query, and together with a mistake.
    let mut refusals = String::new();
    for (request, lines, body) in [
        (
            "POST /api/v1/auth/login".to_owned(),
            String::new(),
            json!({"username": password, "password": access}).to_string(),
        ),
        (
            "POST /api/v1/auth/login".to_owned(),
            String::new(),
            json!({"username": "admin", "passwort": password}).to_string(),
        ),
        ("POST /api/v1/auth/refresh".to_owned(), String::new(), json!({"refresh_token": access}).to_string()),
        (format!("GET /api/v1/models?token={access}&password={password}"), String::new(), String::new()),
        ("GET /api/v1/models".to_owned(), format!("X-API-Key: {access}\r\n"), String::new()),
        ("GET /api/v1/models".to_owned(), format!("Authorization: Bearer {refresh}\r\n"), String::new()),
        ("GET /api/v1/models".to_owned(), format!("Authorization: Bearer {access}x\r\n"), String::new()),
    ] {
        let answer = server.patiently(&request, &lines, &body);
        assert!(answer.status >= 400, "{request} {}", answer.body);
        refusals += &(answer.head + &answer.body);
    }
    let wanted = json!({"username": "ada", "password": "planted-password-of-ada", "email": "planted@example.org", "roles": ["user"]});
    assert_eq!(server.ask("POST /api/v1/users", &access, &wanted.to_string()).status, 201);
    let renewed =
        server.send("POST /api/v1/auth/refresh", None, &json!({"refresh_token": refresh}).to_string());
    let (later, next) = (renewed.text("token"), renewed.text("refresh_token"));
    let body = json!({"refresh_token": next}).to_string();
    assert_eq!(server.send("POST /api/v1/auth/logout", None, &body).status, 204);
    refusals += &server.ask("GET /api/v1/models", &later, "").body;

    // Of a token also the signature alone, without which it is worth nothing.
    hidden.push("planted-password-of-ada".to_owned());
    for token in [&access, &later] {
        hidden.extend([token.clone(), token.rsplit('.').next().unwrap().to_owned()]);
    }
    for token in [&refresh, &next] {
        hidden.extend([token.clone(), token[token.len() - 32..].to_owned()]);
    }
    let log = server.log();
    assert!(log.contains("LoggedOut") && log.contains("revoked_token"), "what happened is told: {log}");
    assert!(!log.contains("planted@example.org"));
    let drawn = told(&data, &["user", "password", "ada"]);
    hidden.push(running::password_in(&drawn).unwrap().to_owned());
    let mut places = files(&data);
    assert!(
        places.iter().any(|place| holds(&place.bytes, "$argon2id$v=19$m=19456,t=2,p=1$")),
        "what is kept is a hash"
    );
    places.push(Sink::new("log", log.into_bytes()));
    places.push(Sink::new("access log", server.access("/api/v1/auth/logout").into_bytes()));
    places.push(Sink::new("refusals", refusals.into_bytes()));
    look(&hidden, &places);
    drop(server);
    look(&hidden, &files(&data));
}

#[test]
fn a075_no_secret_is_in_the_database_its_log_the_program_log_or_a_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &["--log-level", "trace"]);
    let admin = server.key().unwrap().to_owned();
    let wanted = r#"{"name":"ci","permissions":["read_models"]}"#;
    let made = server.send(&format!("POST {KEYS}"), Some(&admin), wanted).text("key");
    let rotated = server.send(&format!("POST {KEYS}/{}/rotate", id_of(&made)), Some(&admin), "").text("key");
    let offline = key_in(&told(
        &data,
        &["key", "create", "--name", "x", "--permissions", "all", "--log-level", "warn"],
    ));
    let noisy = running::run(
        &data,
        &["key", "create", "--name", "y", "--permissions", "all", "--log-level", "trace"],
        &[],
    );
    let traced = key_in(&String::from_utf8(noisy.stdout).unwrap());

    let mut refusals = String::new();
    for (request, key, body) in [
        ("POST /api/v1/inference", &made, "{}"),
        ("GET /api/v1/auth/api-keys", &made, ""),
        ("POST /api/v1/inference", &offline, "{"),
        ("GET /api/v1/models/none", &rotated, ""),
        ("POST /api/v1/auth/api-keys", &admin, r#"{"name":1}"#),
    ] {
        let answer = server.send(request, Some(key), body);
        assert!(answer.status >= 400, "{request}");
        refusals += &(answer.head + &answer.body);
    }
    // A key in the wrong place, beside itself, and cut off.
    let lines = format!("X-API-Key: {made}\r\nAuthorization: Bearer {made}\r\n");
    for (lines, body) in [
        (lines, String::new()),
        (format!("X-API-Key: {}\r\n", &made[..70]), String::new()),
        (format!("X-API-Key: {admin}\r\n"), format!(r#"{{"name":"{made}{made}","permissions":["{made}"]}}"#)),
    ] {
        let answer = server.send_with(&format!("POST {KEYS}"), &lines, &body).unwrap();
        assert!(answer.status >= 400, "{}", answer.body);
        refusals += &(answer.head + &answer.body);
    }
    assert_eq!(server.send(&format!("DELETE {KEYS}/{}", id_of(&made)), Some(&admin), "").status, 204);
    refusals += &server.send("GET /api/v1/models", Some(&made), "").body;
    refusals += &refused(&data, &["key", "revoke", &made], &[]);

    let secrets: serde_json::Value =
        serde_json::from_slice(&fs::read(data.join("secrets.json")).unwrap()).unwrap();
    let mut hidden: Vec<String> =
        ["check_key", "pepper"].iter().map(|name| secrets[name].as_str().unwrap().to_owned()).collect();
    // What stands behind prefix and id is secret, and so is half of it.
    for key in [&admin, &made, &rotated, &offline, &traced] {
        hidden.extend([key[27..70].to_owned(), key[27..48].to_owned(), key[49..70].to_owned()]);
    }
    let mut places = files(&data);
    assert!(places.iter().any(|place| place.name.ends_with("-wal")), "the log of changes is read too");
    let log = server.log();
    assert!(log.contains(id_of(&rotated)), "what happened is told: {log}");
    places.push(Sink::new("log", log.into_bytes()));
    places.push(Sink::new("log of a command", noisy.stderr));
    places.push(Sink::new("refusals", refusals.into_bytes()));
    look(&hidden, &places);
    // And after everything was written back.
    drop(server);
    told(&data, &["key", "list"]);
    look(&hidden, &files(&data));
    // The search finds what is there.
    assert!(holds(admin.as_bytes(), &hidden[2]));
}
