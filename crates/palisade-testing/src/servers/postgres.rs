//! A PostgreSQL server.

use super::process::{Process, free_port};
use crate::programs::find;
use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A server on a free port with one superuser, `palisade`, and one database, `postgres`; ended with this value.
///
/// ```no_run
/// use palisade_testing::servers::Postgres;
///
/// let Some(postgres) = Postgres::start() else { return };
/// let url = postgres.url("postgres"); // postgres://palisade@127.0.0.1:…/postgres
/// ```
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: u16,
    /// Of the programs `initdb` and `postgres`.
    programs: PathBuf,
    arguments: Vec<String>,
    password: Option<String>,
    directory: TempDir,
}

/// What a server asks of its clients. [`Postgres::options`] begins.
#[derive(Clone, Default)]
pub struct PostgresOptions {
    password: Option<String>,
    /// A certificate and its key, in PEM.
    tls: Option<(String, String)>,
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").finish_non_exhaustive()
    }
}

impl PostgresOptions {
    /// Asks for this password (SCRAM, RFC 7677) instead of trusting everybody.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Speaks TLS as well, with this certificate and its key in PEM.
    #[must_use]
    pub fn tls(mut self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.tls = Some((certificate.into(), key.into()));
        self
    }

    /// Starts it; nothing, said aloud, where this machine has none.
    ///
    /// # Panics
    ///
    /// Where it cannot be set up, or is not ready within a minute.
    #[must_use]
    #[allow(clippy::expect_used, clippy::panic, reason = "a test ends here")]
    pub fn start(self) -> Option<Postgres> {
        let programs = find("postgres", "postgresql-15")?.parent()?.to_owned();
        let directory = tempfile::tempdir().expect("a directory");
        give(directory.path());
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, text).expect("a file");
            // Keys are for the server alone.
            succeeds(Command::new("chmod").arg("600").arg(&path));
            give(&path);
            path
        };
        let mut initdb = command(&programs.join("initdb"));
        initdb.args(["--username=palisade", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        match &self.password {
            None => initdb.arg("--auth=trust"),
            Some(text) => initdb.args(["--auth=scram-sha-256", "--pwfile"]).arg(file("password", text)),
        };
        let data = directory.path().join("data");
        succeeds(initdb.arg("-D").arg(&data));
        let mut arguments = Vec::new();
        if let Some((certificate, key)) = &self.tls {
            let (certificate, key) = (file("server.crt", certificate), file("server.key", key));
            arguments.push("--ssl=on".to_owned());
            arguments.push(format!("--ssl_cert_file={}", certificate.display()));
            arguments.push(format!("--ssl_key_file={}", key.display()));
        }
        for _ in 0..TRIES {
            let port = free_port();
            if let Some(process) = spawn(&programs, &data, port, &arguments) {
                let password = self.password;
                return Some(Postgres { process, port, programs, arguments, password, directory });
            }
        }
        panic!("{} is not ready", programs.join("postgres").display());
    }
}

/// Ports that are tried: somebody else may take one before the server does.
const TRIES: usize = 3;

impl Postgres {
    /// One that trusts everybody on this machine; nothing, said aloud, where there is none.
    ///
    /// # Panics
    ///
    /// Where it cannot be set up, or is not ready within a minute.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::options().start()
    }

    /// What it asks of its clients: nothing yet.
    #[must_use]
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    /// Where it listens, at 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `postgres://palisade@127.0.0.1:5432/database`, with its port, and its password where it has one.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let password = self.password.as_ref().map(|password| format!(":{password}")).unwrap_or_default();
        format!("postgres://palisade{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Ends it at once, as a crash of the machine would; what it started ends with it.
    pub fn kill(&mut self) {
        self.end("QUIT");
    }

    /// Starts it anew after it was [killed](Self::kill), at the same place and with its data.
    ///
    /// # Panics
    ///
    /// Where it is not ready within a minute.
    #[allow(clippy::panic, reason = "a test ends here")]
    pub fn start_again(&mut self) {
        self.kill();
        let data = self.directory.path().join("data");
        // A killed server leaves it, and says "ready" in it.
        let _ = fs::remove_file(status_of(&data));
        match spawn(&self.programs, &data, self.port, &self.arguments) {
            Some(process) => self.process = process,
            None => panic!("the server does not come back on port {}", self.port),
        }
    }

    fn end(&mut self, signal: &str) {
        if self.process.signal(signal).is_ok() {
            let _ = self.process.wait();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Fast, not immediate: nothing of it is left in memory that processes share.
        self.end("INT");
    }
}

fn spawn(programs: &Path, data: &Path, port: u16, arguments: &[String]) -> Option<Process> {
    let mut postgres = command(&programs.join("postgres"));
    postgres.arg("-D").arg(data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", "", "-F"]);
    postgres.args(["-c", "max_connections=200"]).args(arguments);
    let mut process = Process::silent(&mut postgres).ok()?;
    let ready = || {
        let status = fs::read_to_string(status_of(data)).unwrap_or_default();
        status.lines().nth(7).is_some_and(|line| line.trim() == "ready")
    };
    process.becomes(ready).then_some(process)
}

fn status_of(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

/// PostgreSQL does not run as root; Debian's package brings the user that it runs as.
fn command(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t0"))
}

/// Where this is root, a file is the other user's from now on.
fn give(path: &Path) {
    let _ = Command::new("chown").arg("postgres").arg(path).stderr(Stdio::null()).status();
}

#[allow(clippy::expect_used, reason = "a test ends here")]
fn succeeds(command: &mut Command) {
    let output = command.output().expect("a program that can be run");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
