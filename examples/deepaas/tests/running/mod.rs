//! The program as a process on a free port, and the requests that are made to it.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The running program; it is stopped when this is dropped.
pub(crate) struct Deepaas {
    child: Child,
    pub(crate) address: String,
    greeting: String,
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

impl Deepaas {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_deepaas"))
            .args(args)
            .args(["--listen-port", "0"])
            .env_clear()
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("predict") {
            assert_ne!(
                out.read_line(&mut greeting).unwrap(),
                0,
                "it ended: {}",
                fs::read_to_string(log.path()).unwrap()
            );
        }
        let address = greeting.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address, greeting, log }
    }

    pub(crate) fn stdout(&self) -> &str {
        &self.greeting
    }

    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Sends method and path, these header lines (each with its line end) and a body.
    pub(crate) fn send(&self, request: &str, lines: &str, body: &[u8]) -> Answer {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n"
        );
        socket.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Asks it to end, as an operator does, and waits until it has; whether it says that all is well.
    pub(crate) fn terminate(&mut self) -> bool {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.child.wait().unwrap().success()
    }

    /// Sends a form with a file in the part `data`, or with another field.
    pub(crate) fn upload(&self, path: &str, lines: &str, file: Option<&[u8]>) -> Answer {
        let disposition = match file {
            Some(_) => "name=\"data\"; filename=\"image.png\"",
            None => "name=\"other\"",
        };
        let part = format!("--frontier\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        let body = [part.as_bytes(), file.unwrap_or(b"x"), b"\r\n--frontier--\r\n"].concat();
        let lines = format!("{lines}Content-Type: multipart/form-data; boundary=frontier\r\n");
        self.send(&format!("POST {path}"), &lines, &body)
    }
}

impl Drop for Deepaas {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token as a header line.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Says aloud that a test cannot run here.
pub(crate) fn not_run(program: &str, package: &str) {
    let line = format!("needs {program} (Debian package {package})\n");
    eprint!("NOT RUN: {line}");
    if let Some(path) = std::env::var_os("PALISADE_NOT_RUN") {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}
