//! What tests of settings share: a PostgreSQL server of this machine, and requests over sockets.

#![allow(dead_code, unreachable_pub, reason = "tests share it, and not every test uses everything")]

use std::{
    env, fs,
    io::Write as _,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Says aloud that a test does not run.
pub fn not_run(reason: &str) {
    eprintln!("NOT RUN: {reason}");
    if let Some(path) = env::var_os("PALISADE_NOT_RUN") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{reason}").unwrap();
    }
}

/// The status and the text of an answer over HTTP/1.1.
pub async fn fetch(address: SocketAddr, method: &str, path: &str, lines: &str, body: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned()))
}

/// A PostgreSQL server on a free port that asks for a password; ended with this value.
pub struct Postgres {
    child: Child,
    port: u16,
    _directory: TempDir,
}

/// What it asks for.
pub const PASSWORD: &str = "pNf4w2Tz";

impl Postgres {
    /// Nothing, and a note, where this machine has none.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            not_run("needs postgres (Debian package postgresql-15)");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let (data, password) = (directory.path().join("data"), directory.path().join("password"));
        fs::write(&password, PASSWORD).unwrap();
        // Where this is root, it is the other user's from now on.
        let _ = Command::new("chown")
            .args(["-R", "postgres"])
            .arg(directory.path())
            .stderr(Stdio::null())
            .status();
        let mut initdb = command(&programs.join("initdb"));
        initdb
            .args(["--auth=scram-sha-256", "--username=palisade", "--no-locale", "--no-sync", "-D"])
            .arg(&data);
        let made = initdb.arg("--pwfile").arg(&password).current_dir("/").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = command(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-F", "-c", "unix_socket_directories="])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port, _directory: directory };
        let ready = (0..2_400).any(|_| {
            thread::sleep(Duration::from_millis(25));
            let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            status.lines().nth(7).is_some_and(|line| line.trim() == "ready")
        });
        assert!(ready);
        Some(server)
    }

    pub fn url(&self, password: &str) -> String {
        format!("postgres://palisade:{password}@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Fast, not immediate: nothing of it is left in memory that processes share.
        let stop = format!("kill -INT {}", self.child.id());
        let _ = Command::new("sh").args(["-c", &stop]).status();
        let _ = self.child.wait();
    }
}

/// Where Debian has the programs, or the search path.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    debian.chain(env::split_paths(&path)).find(|place| place.join("postgres").is_file())
}

/// PostgreSQL does not run as root.
fn command(program: &Path) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if !status.lines().any(|line| line.starts_with("Uid:\t0\t0")) {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}
