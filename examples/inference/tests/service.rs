//! The running program: its first start, the lines it prints, and what they answer.

#![allow(clippy::unwrap_used, reason = "a test may")]

use palisade_routes::assert_lock;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

struct Inference {
    child: Child,
    address: String,
    greeting: String,
}

impl Inference {
    fn start(data: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_inference"))
            .args(["--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("sort | uniq -c") {
            assert_ne!(out.read_line(&mut greeting).unwrap(), 0, "it ended: {greeting}");
        }
        let address = greeting.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address, greeting }
    }

    fn token(&self) -> Option<&str> {
        self.greeting.lines().find_map(|line| line.trim().strip_prefix("inference_").map(|_| line.trim()))
    }

    fn send(&self, request: &str, token: Option<&str>, body: &str) -> (u16, String) {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        let head =
            format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n");
        let text = format!("{head}Content-Type: application/json\r\n{token}\r\n{body}");
        socket.write_all(text.as_bytes()).unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        (text.split(' ').nth(1).unwrap().parse().unwrap(), text)
    }
}

impl Drop for Inference {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const ASK: &str = r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#;

#[test]
fn the_first_start_prints_a_token_that_works_and_later_starts_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let first = Inference::start(&data, &[]);
    let token = first.token().unwrap().to_owned();
    let (status, answer) = first.send("POST /api/v1/inference", Some(&token), ASK);
    assert!(status == 200 && answer.contains("\"model\":\"llama-7b\""), "{answer}");
    let other = ASK.replace("gate", "river");
    assert_ne!(
        first.send("POST /api/v1/inference", Some(&token), &other).1.split("\r\n\r\n").nth(1),
        answer.split("\r\n\r\n").nth(1)
    );
    drop(first);

    let later = Inference::start(&data, &[]);
    assert!(later.token().is_none() && later.greeting.contains("--new-token"), "{}", later.greeting);
    assert_eq!(later.send("GET /api/v1/models", Some(&token), "").0, 200);
    drop(later);

    let replaced = Inference::start(&data, &["--new-token"]);
    assert_eq!(replaced.send("GET /api/v1/models", Some(&token), "").0, 401);
    assert_eq!(replaced.send("GET /api/v1/models", replaced.token(), "").0, 200);
}

#[test]
fn refusals_are_told_in_one_envelope() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &["--max-body", "1000"]);
    let token = server.token();
    let long = format!(r#"{{"prompt":"{}","model":"llama-7b"}}"#, "x".repeat(2_000));
    for (request, token, body, status, code) in [
        ("GET /api/v1/models", None, "", 401, "AUTHENTICATION_FAILED"),
        ("GET /api/v1/models/none", token, "", 404, "NOT_FOUND"),
        ("POST /api/v1/inference", token, "{", 400, "VALIDATION_ERROR"),
        ("POST /api/v1/inference", token, r#"{"prompt":1,"model":"none","x":2}"#, 400, "VALIDATION_ERROR"),
        ("POST /api/v1/inference", token, &long, 413, "PAYLOAD_TOO_LARGE"),
        ("DELETE /api/v1/models", token, "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /nowhere", None, "", 404, "NOT_FOUND"),
    ] {
        let (told, text) = server.send(request, token, body);
        assert_eq!(told, status, "{request} {text}");
        assert!(text.contains(&format!("{{\"error\":{{\"code\":\"{code}\"")), "{text}");
    }
}

#[test]
fn the_eleventh_at_once_is_told_when_to_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let answers: Vec<_> = (0..30).map(|_| server.send("GET /api/v1/health", None, "")).collect();
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status == 429).collect();
    assert!(!refused.is_empty() && answers[..10].iter().all(|(status, _)| *status == 200));
    assert!(
        refused.iter().all(|(_, text)| text.contains("retry-after: 1\r\n") && text.contains("RATE_LIMITED"))
    );
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(server.send("GET /api/v1/health", None, "").0, 200);
}

#[test]
fn the_lock_of_its_routes() {
    let limits = inference::server::Limits { prompt: 10_000, body: inference::args::DEFAULT_MAX_BODY };
    assert_lock!(inference::server::routes(limits), "security.lock");
}
