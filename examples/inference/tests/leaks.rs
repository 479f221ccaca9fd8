//! The proof of secrecy: everything the service does, done right and wrong, at the most talkative level; and nothing secret anywhere.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;
mod scanner;

use data_encoding::BASE64;
use palisade_testing::programs::find;
use running::{Answer, Inference, id_of};
use scanner::{Scanner, Sink, files, forms};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

const EMAIL: &str = "planted.person@mail.example.org";
const PASSWORD: &str = "planted password of a person 1";
const NEXT_PASSWORD: &str = "planted next password of theirs";
const GUESS: &str = "planted guess at a password";
const QUERY: &str = "plantedQueryToken0123456789abcdef";
const BASIC: &str = "planted-basic-password";
const FOREIGN: &str = "sk-plantedForeignKey0123456789abcdefghij";
/// Of no user and no issuer of ours, and somebody's secret all the same.
const FOREIGN_JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIiwiZXhwIjo0MTAyNDQ0ODAwfQ.cGxhbnRlZC1zaWduYXR1cmUtb2Ytc29tZWJvZHk";

/// What is secret, and the answers that everybody or an operator may read.
struct Flow<'a> {
    server: &'a Inference,
    scanner: Scanner,
    /// The same, without what the database must know: names of users.
    credentials: Scanner,
    told: String,
}

impl Flow<'_> {
    fn hide(&mut self, name: &str, secret: &str) {
        self.scanner.hide(name, secret);
        self.credentials.hide(name, secret);
    }

    /// Hides an API key: what stands behind prefix and id is secret, and so is half of it.
    fn hide_key(&mut self, name: &str, key: &str) {
        for part in [&key[27..], &key[27..48], &key[49..]] {
            self.hide(name, part);
        }
    }

    /// Hides a token: whole, and the part without which it is worth nothing.
    fn hide_token(&mut self, name: &str, token: &str) {
        self.hide(name, token);
        self.hide(name, &token[token.len() - 32..]);
    }

    /// Keeps an answer for the scanner.
    fn tell(&mut self, request: &str, answer: Answer) -> Answer {
        self.told += &format!("{request}\n{}\n{}\n", answer.head, answer.body);
        answer
    }

    /// Asks by a key, and keeps the answer.
    fn ask(&mut self, request: &str, key: Option<&str>, body: &str) -> Answer {
        let answer = self.server.send(request, key, body);
        // What was asked is not part of what was told.
        let (method, _) = request.split_once(' ').unwrap();
        self.tell(method, answer)
    }
}

/// Method and template of every route, as the lock has them.
fn routes() -> Vec<(String, String)> {
    let lock = include_str!("../security.lock").lines().filter(|line| !line.starts_with('#'));
    lock.map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    })
    .collect()
}

/// Credentials where they belong and where they do not, as header lines.
fn placements(secrets: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for secret in secrets {
        let basic = BASE64.encode(format!("planted:{secret}").as_bytes());
        lines.extend([
            format!("X-API-Key: {secret}x\r\n"),
            format!("Authorization: Bearer {secret}x\r\n"),
            format!("Authorization: bearer  {secret} {secret}\r\n"),
            format!("Authorization: Basic {basic}\r\n"),
            format!("Authorization: {secret}\r\n"),
            format!("Authorization: Digest username=\"planted\", response=\"{secret}\"\r\n"),
            format!("Authorization: Bearer {secret}\r\nX-API-Key: {secret}\r\n"),
            format!(
                "Proxy-Authorization: Bearer {secret}\r\nX-Auth-Token: {secret}\r\nCookie: session={secret}; Authorization={secret}\r\n"
            ),
            format!(
                "Referer: https://planted.example/?access_token={secret}\r\nUser-Agent: {secret}\r\nX-Forwarded-For: {secret}\r\n"
            ),
            format!("X-Request-Id: {secret}\r\ntraceparent: 00-{secret}-01\r\nForwarded: for={secret}\r\n"),
            format!("Origin: https://{secret}.example\r\nAccept: text/{secret}\r\nIf-Match: \"{secret}\"\r\n"),
        ]);
    }
    lines
}

/// Everything that a caller is given, done right; from here on it is all secret.
fn everything_done_right(flow: &mut Flow<'_>, admin: &str) -> (String, String) {
    let server = flow.server;
    let wanted =
        json!({"name": "ci", "permissions": ["read_models", "run_inference", "use_streaming"]}).to_string();
    let key = server.send("POST /api/v1/auth/api-keys", Some(admin), &wanted).text("key");
    let rotate = format!("POST /api/v1/auth/api-keys/{}/rotate", id_of(&key));
    let successor = server.send(&rotate, Some(admin), "").text("key");
    flow.hide_key("the administrator's key", admin);
    flow.hide_key("a key", &key);
    flow.hide_key("its successor", &successor);

    let person =
        json!({"username": EMAIL, "password": PASSWORD, "email": EMAIL, "roles": ["user"]}).to_string();
    assert_eq!(server.send("POST /api/v1/users", Some(admin), &person).status, 201);
    for (name, secret) in [
        ("a password", PASSWORD),
        ("the next password", NEXT_PASSWORD),
        ("a guess", GUESS),
        ("a token of a query", QUERY),
        ("a password of Basic", BASIC),
        ("somebody's key", FOREIGN),
        ("somebody's token", FOREIGN_JWT),
        ("the first password", server.password().unwrap()),
    ] {
        flow.hide(name, secret);
    }
    flow.scanner.hide("an e-mail address", EMAIL);
    flow.scanner.hide("the name in an e-mail address", "planted.person");

    let login = json!({"username": EMAIL, "password": PASSWORD}).to_string();
    let first = server.send("POST /api/v1/auth/login", None, &login);
    let renew = json!({"refresh_token": first.text("refresh_token")}).to_string();
    let second = server.send("POST /api/v1/auth/refresh", None, &renew);
    for (name, answer) in [("the first login", &first), ("the second one", &second)] {
        assert_eq!(answer.status, 200, "{}", answer.body);
        flow.hide_token(&format!("the token of {name}"), &answer.text("token"));
        flow.hide_token(&format!("the refresh token of {name}"), &answer.text("refresh_token"));
    }
    let token = second.text("token");
    for (request, body) in [
        ("GET /api/v1/auth/whoami", ""),
        ("POST /api/v1/inference", r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#),
        (
            "POST /api/v1/inference/stream",
            r#"{"prompt":"Who keeps the gate?","model":"llama-7b","max_tokens":4}"#,
        ),
    ] {
        let answer = server.ask(request, &token, body);
        flow.tell(request, answer);
    }
    // A refresh token that was used is used again; then the password changes, which ends everything.
    let answer = server.send("POST /api/v1/auth/refresh", None, &renew);
    assert_eq!(flow.tell("reuse", answer).status, 401);
    let again = server.send("POST /api/v1/auth/login", None, &login);
    let (token, refresh) = (again.text("token"), again.text("refresh_token"));
    flow.hide_token("the token of a third login", &token);
    flow.hide_token("its refresh token", &refresh);
    let change = json!({"old_password": PASSWORD, "new_password": NEXT_PASSWORD}).to_string();
    let answer = server.ask("POST /api/v1/auth/password", &token, &change);
    assert_eq!(flow.tell("password", answer).status, 204);
    let answer = server.ask("GET /api/v1/models", &token, "");
    assert_eq!(flow.tell("revoked", answer).status, 401);
    (key, token)
}

/// Every route, with secrets where they do not belong. Names of members are none: whoever sent one reads it in what is wrong with it.
fn everything_done_wrong(flow: &mut Flow<'_>, admin: &str, key: &str, token: &str) {
    let server = flow.server;
    let secrets = [key, token, FOREIGN, FOREIGN_JWT, BASIC];
    let junk = json!({
        "name": [key], "username": EMAIL, "password": {"is": PASSWORD}, "passwort": GUESS, "refresh_token": [token], "token": token,
        "authorization": format!("Bearer {key}"), "x": FOREIGN, "prompt": {"x": BASIC}, "max_prompt": GUESS,
        "permissions": [key, FOREIGN], "old_password": [PASSWORD], "new_password": [GUESS], "grace_seconds": token, "reason": [QUERY],
    })
    .to_string();
    let placements = placements(&secrets);
    for (at, (method, path)) in routes().into_iter().enumerate() {
        for secret in [key, FOREIGN_JWT, EMAIL] {
            let path = path.replace("{id}", secret).replace("{name}", secret);
            let request =
                format!("{method} {path}?access_token={QUERY}&api_key={key}&password={GUESS}&cursor={QUERY}")
                    .replace(' ', "+")
                    .replacen('+', " ", 1);
            // What an administrator may do with rubbish, and what a stranger may.
            if !["/api/v1/cache", "/api/v1/queue"].contains(&&*path) {
                flow.ask(&request, Some(admin), &junk);
            }
            flow.ask(&request, None, &junk);
        }
        // Each place on some route, and each route with some.
        for lines in placements.iter().skip(at % 5).step_by(5) {
            if let Some(answer) = server.send_with(&format!("{method} {path}"), lines, &junk) {
                flow.tell(&method, answer);
            }
        }
    }
    let wrong =
        |username: &str, password: &str| json!({"username": username, "password": password}).to_string();
    for body in [wrong(EMAIL, GUESS), wrong(PASSWORD, key), wrong(key, GUESS), wrong(FOREIGN_JWT, BASIC)] {
        flow.ask("POST /api/v1/auth/login", None, &body);
    }
    let form =
        format!("username={}&password={}&x={QUERY}", EMAIL.replace('@', "%40"), GUESS.replace(' ', "+"));
    let answer =
        server.form("POST /api/v1/auth/login", "Content-Type: application/x-www-form-urlencoded", &form);
    flow.tell("form", answer);
    for (request, lines) in [
        (format!("{} /api/v1/models", &FOREIGN[3..20]), String::new()),
        ("GET /nowhere".to_owned() + "/" + key, String::new()),
        (format!("GET /api/v1/models//{key}"), String::new()),
        (format!("GET /%2e%2e/{token}"), String::new()),
        (
            format!("OPTIONS /api/v1/models?token={QUERY}"),
            format!("Origin: https://{FOREIGN}.example\r\nAccess-Control-Request-Method: GET\r\n"),
        ),
        ("GET /api/v1/models".to_owned(), format!("{FOREIGN}: x\r\n")),
        ("GET /api/v1/models".to_owned(), format!("X-API-Key: {}\r\n", key.repeat(300))),
        ("GET /api/v1/models".to_owned(), format!("Authorization: Bearer {}\r\n", FOREIGN_JWT.repeat(100))),
        (format!("GET /api/v1/models?{}", key.repeat(200)), String::new()),
    ] {
        if let Some(answer) = server.send_with(&request, &lines, "") {
            flow.tell("odd", answer);
        }
    }
    let parts = [("name", FOREIGN), ("description", PASSWORD), ("corpus; filename=planted.exe", BASIC)];
    let answer = server.upload("POST /api/v1/models", admin, &parts);
    flow.tell("upload", answer);
    flow.ask("PUT /api/v1/config", Some(admin), &json!({"max_prompt": key, "cache": FOREIGN}).to_string());
    let asked =
        json!({"prompt": format!("my key is {key} and my password is {PASSWORD}"), "model": "llama-7b"})
            .to_string();
    for request in ["POST /api/v1/inference", "POST /api/v1/inference/stream", "POST /api/v1/queue"] {
        flow.ask(request, Some(admin), &asked);
    }
}

/// The same over HTTP/2, whose library tells of every frame at this level; `false` where there is no client for it.
fn something_over_http_2(flow: &mut Flow<'_>, key: &str, token: &str) -> bool {
    if find("curl", "curl").is_none() {
        return false;
    }
    for secret in [key, token, FOREIGN_JWT, FOREIGN] {
        let url = format!("http://{}/api/v1/models?access_token={QUERY}&key={secret}", flow.server.address());
        let mut curl = Command::new("curl");
        curl.args([
            "-si",
            "--noproxy",
            "*",
            "--http2-prior-knowledge",
            "-H",
            &format!("X-API-Key: {secret}"),
        ]);
        curl.args(["-H", &format!("Cookie: s={secret}"), "-H", &format!("Authorization: Bearer {secret}")]);
        curl.args(["-u", &format!("planted:{BASIC}"), "-d", &format!("password={PASSWORD}"), "-X", "GET"]);
        let output = curl.arg(url).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("HTTP/2 4"), "{text}");
        flow.told += &text;
    }
    true
}

/// What an operator reads, and how the last refusals were decided.
fn everything_an_operator_reads(flow: &mut Flow<'_>, admin: &str) {
    let ids: Vec<String> =
        flow.told.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).map(str::to_owned).collect();
    for id in ids.iter().step_by(7) {
        flow.ask(&format!("GET /_palisade/explain/{id}"), Some(admin), "");
    }
    for path in [
        "metrics",
        "config",
        "cache",
        "queue",
        "ready",
        "models",
        "auth/api-keys",
        "auth/api-keys/self",
        "auth/whoami",
    ] {
        assert_eq!(flow.ask(&format!("GET /api/v1/{path}"), Some(admin), "").status, 200, "{path}");
    }
    let mut cursor = String::new();
    loop {
        let page = flow.ask(&format!("GET /api/v1/audit?limit=200{cursor}"), Some(admin), "").json();
        assert_eq!(page["chain"]["holds"], true);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
}

fn sinks(flow: &Flow<'_>, data: &Path) -> (Vec<Sink>, Vec<Sink>) {
    let server = flow.server;
    let access = server.access("/api/v1/audit");
    let log = server.log();

    assert!(log.contains("somebody is suspicious"));
    assert!(access.matches("\"route\":\"/api/v1/auth/login\"").count() > 5);
    let texts = vec![
        Sink::new("standard error", log),
        Sink::new("standard output", access),
        Sink::new("answers", flow.told.clone()),
    ];
    let (audit, databases): (Vec<Sink>, Vec<Sink>) =
        files(data).into_iter().partition(|file| file.name.contains("audit.jsonl"));
    assert!(
        audit.iter().any(|file| file.bytes.len() > 10_000)
            && databases.iter().any(|file| file.name.ends_with("-wal"))
    );
    (texts.into_iter().chain(audit).collect(), databases)
}

#[test]
fn a075_no_secret_of_any_kind_is_in_any_sink_in_any_form() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = &Inference::start_wide(&data, &["--log-level", "trace"]);
    let admin = server.key().unwrap();
    let mut flow =
        Flow { server, scanner: Scanner::default(), credentials: Scanner::default(), told: String::new() };
    let (key, token) = everything_done_right(&mut flow, admin);
    everything_done_wrong(&mut flow, admin, &key, &token);
    let told_most = something_over_http_2(&mut flow, &key, &token);
    everything_an_operator_reads(&mut flow, admin);

    let (sinks, databases) = sinks(&flow, &data);
    assert!(!told_most || server.log().contains("TRACE"), "the log says as much as it can");
    flow.scanner.nothing_in(&sinks);
    // Who has an account the database must know, and nothing by which they are let in.
    flow.credentials.nothing_in(&databases);
    let kept =
        databases.iter().flat_map(|file| flow.scanner.find(file)).any(|found| found.contains("e-mail"));
    assert!(kept, "the scanner finds what is there");
    let all: Value = json!(routes().len());
    assert!(all.as_u64().unwrap() > 35, "every route was asked");
}

#[test]
fn whatever_form_a_secret_takes_and_wherever_it_stands_the_scanner_finds_it() {
    let mut scanner = Scanner::default();
    scanner.hide("planted", FOREIGN);
    let check = |what: &str, bytes: &[u8]| {
        for before in ["", "a", "ab", "abc", "{\"x\":\""] {
            let text = [before.as_bytes(), bytes, b"\"} after"].concat();
            assert!(!scanner.find(&Sink::new("sink", text)).is_empty(), "{what} behind {before:?}");
        }
    };
    for (form, bytes) in forms(FOREIGN) {
        check(form, &bytes);
    }
    // Within something longer that was encoded as a whole, wherever it begins.
    for before in ["", "u", "us", "user:", "some body:"] {
        let text = format!("{before}{FOREIGN} and more");
        check("base64", BASE64.encode(text.as_bytes()).as_bytes());
        check("base64url", data_encoding::BASE64URL_NOPAD.encode(text.as_bytes()).as_bytes());
        check("hex", data_encoding::HEXLOWER.encode(text.as_bytes()).as_bytes());
    }
    let innocent = Sink::new("sink", "nothing of it: sk-plantedForeign, and a digest 0123456789abcdef");
    assert!(scanner.find(&innocent).is_empty());
}
