//! The program as a process on a free port, spoken to with curl, and byte by byte.

#![allow(dead_code, unused_imports, reason = "every file of tests uses a part of it")]

pub(crate) use palisade_testing::servers::Answer;

use palisade_testing::{programs::Python, servers::Service};
use serde_json::Value;
use std::{
    fs,
    ops::Deref,
    path::{Path, PathBuf},
    process::Command,
};

/// The running program; it is stopped when this is dropped.
pub(crate) struct Heartmap(Service);

impl Deref for Heartmap {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

impl Heartmap {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heartmap"));
        command.args(args).args(["--listen", "127.0.0.1:0", "--quiet"]);
        command.env_clear().envs(env.iter().copied());
        Self(Service::start(command, "Ctrl-C"))
    }

    /// A key that it printed, `ADMIN` or `NORTH_ADMIN`.
    pub(crate) fn key(&self, name: &str) -> &str {
        let line = self.greeting().lines().find_map(|line| line.trim().strip_prefix(&format!("{name}=")));
        line.unwrap()
    }

    pub(crate) fn get(&self, path: &str, key: &str) -> Answer {
        self.send(&format!("GET {path}"), &header(key), b"")
    }

    pub(crate) fn put(&self, path: &str, key: &str, body: &Value) -> Answer {
        let lines = header(key) + "Content-Type: application/json\r\n";
        self.send(&format!("PUT {path}"), &lines, body.to_string().as_bytes())
    }

    /// Sends a file of this name in the part `file`.
    pub(crate) fn analyze(&self, key: &str, name: &str, file: &[u8]) -> Answer {
        let disposition = format!("form-data; name=\"file\"; filename=\"{name}\"");
        self.form(key, &[(&disposition, file)])
    }

    /// Sends a form of these parts.
    pub(crate) fn form(&self, key: &str, parts: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (disposition, bytes) in parts {
            body.extend(format!("--heart\r\nContent-Disposition: {disposition}\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--heart--\r\n");
        let lines = header(key) + "Content-Type: multipart/form-data; boundary=heart\r\n";
        self.send("POST /analyze", &lines, &body)
    }

    /// Makes a key that may do these things and no others.
    pub(crate) fn key_with(&self, permissions: &[&str]) -> String {
        let lines = header(self.key("ADMIN")) + "Content-Type: application/json\r\n";
        let body = serde_json::json!({ "name": "narrow", "permissions": permissions }).to_string();
        let made = self.send("POST /keys", &lines, body.as_bytes());
        assert_eq!(made.status, 201, "{}", made.body);
        made.json()["key"].as_str().unwrap().to_owned()
    }

    /// Ends it as an operator does, and waits.
    pub(crate) fn stop(mut self) {
        // It greets before it listens to signals; whoever is answered knows that it does.
        let _ = self.get("/health", "");
        assert!(self.0.terminate().success());
    }
}

/// The word for machines of the first thing that is wrong; empty where there is none.
pub(crate) fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    body["error"]["details"][0]["code"].as_str().unwrap_or_default().to_owned()
}

/// The header line of a key; nothing where there is none.
pub(crate) fn header(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("X-API-Key: {key}\r\n") }
}

/// A file that stands beside the example.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

/// A Python that has h5py: the machine's own, or one in the build directory; said aloud where there is none.
pub(crate) fn python() -> Option<PathBuf> {
    let h5py = Python::with("import h5py", "h5py==3.16.0", "python3-h5py");
    h5py.find(Path::new(env!("CARGO_TARGET_TMPDIR")))
}
