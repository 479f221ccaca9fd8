//! The program as a process on a free port, and the requests that are made to it.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU8, Ordering::Relaxed},
    time::Duration,
};

/// A token that is strong enough to be taken.
pub(crate) const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

/// The running program; it is stopped when this is dropped.
pub(crate) struct Face {
    child: Child,
    pub(crate) address: String,
    pub(crate) greeting: String,
    log: tempfile::NamedTempFile,
    /// Where it keeps its sample pictures; it has no time to remove them when it is killed.
    _home: tempfile::TempDir,
    clients: AtomicU8,
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

impl Face {
    /// Starts it on a free port, believing what this machine says of addresses, and waits until it says where it listens.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_face"))
            .args(args)
            .args(["--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1"])
            .env_clear()
            .env("TMPDIR", home.path())
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log.reopen().unwrap())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        while !greeting.contains("uniq -c") {
            let read = out.read_line(&mut greeting).unwrap();
            assert_ne!(read, 0, "it ended: {}", fs::read_to_string(log.path()).unwrap());
        }
        let address = greeting.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address, greeting, log, _home: home, clients: AtomicU8::new(1) }
    }

    /// What it wrote on its standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Sends method and path, these header lines (each with its line end) and a body, each time from another address.
    pub(crate) fn send(&self, request: &str, lines: &str, body: &[u8]) -> Answer {
        let client = self.clients.fetch_add(1, Relaxed);
        let lines = format!("X-Forwarded-For: 192.0.2.{client}\r\n{lines}");
        let mut socket = self.connect();
        socket.write_all(&whole(request, &lines, body)).unwrap();
        read(socket)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket
    }

    /// Sends so many requests at once from one address, over one connection.
    pub(crate) fn flood(&self, request: &str, lines: &str, times: usize) -> Vec<Answer> {
        let one = format!("{request} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{lines}\r\n");
        let last = one.replacen("Host: x", "Host: x\r\nConnection: close", 1);
        let mut socket = self.connect();
        socket.write_all((one.repeat(times - 1) + &last).as_bytes()).unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        text.split("HTTP/1.1 ").skip(1).map(|text| answer(&format!("HTTP/1.1 {text}"))).collect()
    }

    /// Compares two files, or sends other parts.
    pub(crate) fn compare(&self, lines: &str, parts: &[(&str, &[u8])]) -> Answer {
        let (lines, body) = form(lines, parts);
        self.send("POST /compare", &lines, &body)
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token as a header line.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// A multipart body of these parts, and its header lines after others.
pub(crate) fn form(lines: &str, parts: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, file) in parts {
        let disposition = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"x\"");
        body.extend_from_slice(format!("--frontier\r\n{disposition}\r\n\r\n").as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    (format!("{lines}Content-Type: multipart/form-data; boundary=frontier\r\n"), body)
}

/// A request as it goes over the wire, the last one on its connection.
pub(crate) fn whole(request: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Reads an answer up to the end of the connection.
pub(crate) fn read(mut socket: TcpStream) -> Answer {
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    answer(&text)
}

fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
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
