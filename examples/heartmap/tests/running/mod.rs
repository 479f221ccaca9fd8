//! The program as a process on a free port, spoken to with curl, and byte by byte.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

use serde_json::Value;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The running program; it is stopped when this is dropped.
pub(crate) struct Heartmap {
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

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The word for machines of the first thing that is wrong.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["details"][0]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Heartmap {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_heartmap"))
            .args(args)
            .args(["--listen", "127.0.0.1:0", "--quiet"])
            .env_clear()
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

    /// A key that it printed, `ADMIN` or `NORTH_ADMIN`.
    pub(crate) fn key(&self, name: &str) -> &str {
        let line = self.greeting.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}=")));
        line.unwrap()
    }

    /// Sends a request with header lines of its own, each with its line end.
    pub(crate) fn send(&self, request: &str, lines: &str, body: &[u8]) -> Answer {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        // It may have answered already.
        let _ = socket.write_all(body);
        let mut text = Vec::new();
        let _ = socket.read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
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
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Heartmap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The header line of a key; nothing where there is none.
pub(crate) fn header(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("X-API-Key: {key}\r\n") }
}

/// A file that stands beside the example.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

const H5PY: &str = "h5py==3.16.0";

/// A Python that has h5py: the machine's own, or one in the build directory; said aloud where there is none.
pub(crate) fn python() -> Option<PathBuf> {
    let found = find_python();
    if found.is_none() {
        not_run("python3", "python3-h5py");
    }
    found
}

fn find_python() -> Option<PathBuf> {
    let has = |python: &PathBuf| run(Command::new(python).args(["-c", "import h5py"])).is_some();
    let system = ["python3", "/usr/bin/python3"].map(PathBuf::from);
    if let Some(found) = system.iter().find(|python| has(python)) {
        return Some(found.clone());
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("h5py");
    let python = home.join("bin/python3");
    if !has(&python) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", H5PY]))?;
    }
    Some(python)
}

fn run(command: &mut Command) -> Option<()> {
    command.output().ok().filter(|output| output.status.success()).map(|_| ())
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
