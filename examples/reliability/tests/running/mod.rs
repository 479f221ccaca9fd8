//! The program as a process on a free port, and the requests that are made to it.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// A secret that is strong enough to sign with.
pub(crate) const SECRET_KEY: &str = "s7Vq0pXk2LmZ9cRt4NwB8yHdJ6fGaE1u";

/// The running program; it is stopped when this is dropped.
pub(crate) struct Reliability {
    child: Child,
    pub(crate) address: String,
    pub(crate) greeting: String,
    log: tempfile::NamedTempFile,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A header of this name in lower case; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.starts_with(&format!("{name}: ")));
        line.map_or("", |line| &line[name.len() + 2..])
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Reliability {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_reliability"))
            .args(args)
            .args(["--listen", "127.0.0.1:0"])
            .env_clear()
            .env("SECRET_KEY", SECRET_KEY)
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("Ctrl-C") {
            let read = out.read_line(&mut greeting).unwrap();
            assert_ne!(read, 0, "it ended: {}", fs::read_to_string(log.path()).unwrap());
        }
        let address = greeting.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address, greeting, log }
    }

    /// What it wrote on its standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Asks it to end, as an operator does, and waits until it has; whether it says that all is well.
    pub(crate) fn terminate(&mut self) -> bool {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.child.wait().unwrap().success()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        ask(&self.address, &format!("GET {path}"), "", 1).remove(0)
    }

    /// So many requests at once, over one connection.
    pub(crate) fn flood(&self, path: &str, times: usize) -> Vec<Answer> {
        ask(&self.address, &format!("GET {path}"), "", times)
    }

    /// The password of the user who was drawn at the start.
    pub(crate) fn password(&self) -> &str {
        self.greeting.split("shown this once: ").nth(1).unwrap().lines().next().unwrap()
    }

    /// Sends this with header lines of its own, each with its line end.
    pub(crate) fn send(&self, request: &str, lines: &str, body: &str) -> Answer {
        send(&self.address, request, lines, body)
    }

    /// Says something to the example's own dependency.
    pub(crate) fn upstream(&self, request: &str, body: &str) -> Answer {
        let url = self.greeting.split("PUT -d down 'http://").nth(1).unwrap();
        ask(url.split('/').next().unwrap(), request, body, 1).remove(0)
    }
}

impl Drop for Reliability {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The header line of a JSON body.
pub(crate) const JSON: &str = "Content-Type: application/json\r\n";
/// The header line of a form.
pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A token as a header line.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Sends a request with these header lines.
pub(crate) fn send(address: &str, request: &str, lines: &str, body: &str) -> Answer {
    ask_with(address, request, lines, body, 1).remove(0)
}

/// Sends a request so many times over one connection.
pub(crate) fn ask(address: &str, request: &str, body: &str, times: usize) -> Vec<Answer> {
    ask_with(address, request, "", body, times)
}

fn ask_with(address: &str, request: &str, lines: &str, body: &str, times: usize) -> Vec<Answer> {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    let one = format!("{request} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{lines}\r\n{body}");
    let last = one.replacen("Host: x", "Host: x\r\nConnection: close", 1);
    socket.write_all((one.repeat(times - 1) + &last).as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let answers: Vec<_> = text.split("HTTP/1.1 ").skip(1).map(answer).collect();
    assert_eq!(answers.len(), times, "{text}");
    answers
}

fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').next().unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// Asks again and again, for twenty seconds at most.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    unreachable!("not within twenty seconds: {what}");
}

/// Says aloud that a test cannot run here.
pub(crate) fn not_run(program: &str, package: &str) {
    let line = format!("needs {program} (Debian package {package})\n");
    eprint!("NOT RUN: {line}");
    if let Some(path) = std::env::var_os("PALISADE_NOT_RUN") {
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
    }
}
