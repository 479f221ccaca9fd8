//! The program as a process on a free port, and the requests that are made to it.

#![allow(dead_code, unused_imports, reason = "every file of tests uses a part of it")]

pub(crate) use palisade_testing::servers::Answer;

use palisade_testing::servers::Service;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    ops::{Deref, DerefMut},
    process::Command,
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};

/// A token that is strong enough to be taken.
pub(crate) const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

/// The running program; it is stopped when this is dropped.
pub(crate) struct Face {
    service: Service,
    /// Where it keeps its sample pictures; it has no time to remove them when it is killed.
    _home: tempfile::TempDir,
    clients: AtomicU8,
}

impl Deref for Face {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

impl DerefMut for Face {
    fn deref_mut(&mut self) -> &mut Service {
        &mut self.service
    }
}

impl Face {
    /// Starts it on a free port, believing what this machine says of addresses, and waits until it says where it listens.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_face"));
        command.args(args).args(["--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1"]);
        command.env_clear().env("TMPDIR", home.path()).envs(env.iter().copied());
        Self { service: Service::start(command, "uniq -c"), _home: home, clients: AtomicU8::new(1) }
    }

    /// Sends method and path, these header lines (each with its line end) and a body, each time from another address.
    pub(crate) fn send(&self, request: &str, lines: &str, body: &[u8]) -> Answer {
        let client = self.clients.fetch_add(1, Relaxed);
        self.service.send(request, &format!("X-Forwarded-For: 192.0.2.{client}\r\n{lines}"), body)
    }

    /// Compares two files, or sends other parts.
    pub(crate) fn compare(&self, lines: &str, parts: &[(&str, &[u8])]) -> Answer {
        let (lines, body) = form(lines, parts);
        self.send("POST /compare", &lines, &body)
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
    Answer::parse(&text).unwrap()
}
