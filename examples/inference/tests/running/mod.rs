//! The program as a process on a free port, the requests that are made to it, and its commands.

#![allow(dead_code, unused_imports, reason = "every file of tests uses a part of it")]

pub(crate) use palisade_testing::servers::Answer;

use palisade_testing::servers::Service;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    ops::{Deref, DerefMut},
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

/// The running program; it is stopped when this is dropped.
pub(crate) struct Inference(Service);

impl Deref for Inference {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

impl DerefMut for Inference {
    fn deref_mut(&mut self) -> &mut Service {
        &mut self.0
    }
}

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inference"));
    command.env_clear().arg("--data-dir").arg(data);
    command
}

impl Inference {
    /// Starts it on a free port and waits until it has said everything.
    pub(crate) fn start(data: &Path, args: &[&str]) -> Self {
        Self::start_with(data, args, &[])
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_with(data: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::begin(program(data), args, variables)
    }

    /// Starts it by a script of a shell, whose arguments are the program and its own.
    pub(crate) fn start_in(script: &str, data: &Path, args: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.env_clear().args(["-c", script, "sh", env!("CARGO_BIN_EXE_inference"), "--data-dir"]).arg(data);
        Self::begin(shell, args, &[])
    }

    fn begin(mut command: Command, args: &[&str], variables: &[(&str, &str)]) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).args(args).envs(variables.iter().copied());
        Self(Service::start(command, "sort | uniq -c"))
    }

    /// The password of the first user that it printed, if it did.
    pub(crate) fn password(&self) -> Option<&str> {
        password_in(self.greeting())
    }

    /// Logs the first user in: an access token, and a refresh token.
    pub(crate) fn login(&self) -> (String, String) {
        let body = serde_json::json!({"username": "admin", "password": self.password().unwrap()});
        let answer = self.send("POST /api/v1/auth/login", None, &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        (answer.text("token"), answer.text("refresh_token"))
    }

    /// Asks with a token.
    pub(crate) fn ask(&self, request: &str, token: &str, body: &str) -> Answer {
        self.patiently(request, &format!("Authorization: Bearer {token}\r\n"), body)
    }

    /// Starts it with room for many requests of one address.
    pub(crate) fn start_wide(data: &Path, args: &[&str]) -> Self {
        let wide = ["--address-limit", "10000/second burst 10000"];
        let server = Self::start(data, &[&wide[..], args].concat());
        if let Some(key) = server.key() {
            let more = r#"{"requests_per_minute":100000}"#;
            assert_eq!(server.send("PUT /api/v1/config", Some(key), more).status, 200);
        }
        server
    }

    /// Makes a key that may do these things, by the first key.
    pub(crate) fn key_with(&self, permissions: &[&str]) -> String {
        let body = serde_json::json!({"name": "narrow", "permissions": permissions}).to_string();
        let made = self.send("POST /api/v1/auth/api-keys", self.key(), &body);
        assert_eq!(made.status, 201, "{}", made.body);
        made.text("key")
    }

    /// Sends a form with these parts, each with its head behind `name=`, and its body.
    pub(crate) fn upload(&self, request: &str, key: &str, parts: &[(&str, &str)]) -> Answer {
        let mut body = String::new();
        for (head, text) in parts {
            body += &format!("--BOUND\r\nContent-Disposition: form-data; name={head}\r\n\r\n{text}\r\n");
        }
        body += "--BOUND--\r\n";
        let kind = format!("Content-Type: multipart/form-data; boundary=BOUND\r\nX-API-Key: {key}");
        self.form(request, &kind, &body)
    }

    /// What a number of `/metrics` is; 0 where it is not there.
    pub(crate) fn number(&self, series: &str) -> f64 {
        let text = self.send("GET /api/v1/metrics", self.key(), "").body;
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Sends a body of another kind than JSON.
    pub(crate) fn form(&self, request: &str, kind: &str, body: &str) -> Answer {
        send_as(self.address(), request, kind, "", body).unwrap()
    }

    /// The access log so far, when a line has this in it.
    pub(crate) fn access(&self, text: &str) -> String {
        let found = || self.output();
        for _ in 0..400 {
            if found().contains(text) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        found()
    }

    /// The key that it printed, if it did.
    pub(crate) fn key(&self) -> Option<&str> {
        self.greeting().lines().map(str::trim).find(|line| line.starts_with("inference_live_"))
    }

    /// Sends method and path with a key, again where the address was too fast.
    pub(crate) fn send(&self, request: &str, key: Option<&str>, body: &str) -> Answer {
        let line = key.map(|key| format!("X-API-Key: {key}\r\n")).unwrap_or_default();
        self.patiently(request, &line, body)
    }

    /// Sends it with these header lines, again where the address was too fast.
    pub(crate) fn patiently(&self, request: &str, lines: &str, body: &str) -> Answer {
        loop {
            let answer = self.send_with(request, lines, body).unwrap();
            if answer.status != 429 {
                return answer;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Sends it once; nothing where the server is gone.
    pub(crate) fn send_once(&self, request: &str, key: Option<&str>, body: &str) -> Option<Answer> {
        let line = key.map(|key| format!("X-API-Key: {key}\r\n")).unwrap_or_default();
        self.send_with(request, &line, body)
    }

    /// Sends it with these header lines.
    pub(crate) fn send_with(&self, request: &str, lines: &str, body: &str) -> Option<Answer> {
        send_to(self.address(), request, lines, body)
    }
}

/// Sends it to this address; nothing where no whole answer comes back.
pub(crate) fn send_to(address: &str, request: &str, lines: &str, body: &str) -> Option<Answer> {
    send_as(address, request, "Content-Type: application/json", lines, body)
}

fn send_as(address: &str, request: &str, kind: &str, lines: &str, body: &str) -> Option<Answer> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let length = body.len();
    let head = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n");
    socket.write_all(format!("{head}{kind}\r\n{lines}\r\n{body}").as_bytes()).ok()?;
    let mut text = String::new();
    socket.read_to_string(&mut text).ok()?;
    let answer = Answer::parse(&text)?;
    let whole = match answer.header("content-length") {
        "" => true,
        length => length.parse() == Ok(answer.body.len()),
    };
    whole.then_some(answer)
}

/// Makes a key; nothing where it was not told.
pub(crate) fn create_at(address: &str, admin: &str) -> Option<String> {
    let body = r#"{"name":"round","permissions":["read_models"]}"#;
    let answer = send_to(address, "POST /api/v1/auth/api-keys", &format!("X-API-Key: {admin}\r\n"), body)?;
    (answer.status == 201).then(|| answer.text("key"))
}

/// Runs a command to its end.
pub(crate) fn run(data: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = program(data);
    command.args(args).envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that serves where it should have refused would never end.
    let ended = (0..600).any(|_| {
        thread::sleep(Duration::from_millis(50));
        child.try_wait().unwrap().is_some()
    });
    if !ended {
        child.kill().unwrap();
    }
    child.wait_with_output().unwrap()
}

/// What a command prints that succeeds.
pub(crate) fn told(data: &Path, args: &[&str]) -> String {
    let output = run(data, args, &[]);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command complains of that fails: one line.
pub(crate) fn refused(data: &Path, args: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(data, args, variables);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}: {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// The password in what a program printed.
pub(crate) fn password_in(text: &str) -> Option<&str> {
    text.lines().skip_while(|line| !line.starts_with("Password of the user")).nth(1).map(str::trim)
}

/// The key in what a command printed.
pub(crate) fn key_in(text: &str) -> String {
    text.lines().map(str::trim).find(|line| line.starts_with("inference_live_")).unwrap().to_owned()
}

/// The id of a key stands in the key.
pub(crate) fn id_of(key: &str) -> &str {
    &key["inference_live_".len()..][..12]
}
