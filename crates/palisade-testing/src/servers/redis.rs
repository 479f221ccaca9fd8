//! A Redis or Valkey server.

use super::process::{Process, free_port};
use crate::programs::find;
use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// A server on a free port that keeps everything in memory and asks for no password; ended with this value.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    program: PathBuf,
    arguments: Vec<String>,
    directory: TempDir,
}

/// Ports that are tried: somebody else may take one before the server does.
const TRIES: usize = 3;
const TIMEOUT: Duration = Duration::from_secs(5);

impl Redis {
    /// `redis-server`; nothing, said aloud, where this machine has none.
    ///
    /// # Panics
    ///
    /// Where it does not answer within a minute.
    #[must_use]
    pub fn start() -> Option<Self> {
        Some(Self::start_program(&find("redis-server", "redis-server")?, &[]))
    }

    /// This program, `valkey-server` for instance, with these arguments beside those for its place.
    ///
    /// # Panics
    ///
    /// Where it cannot be started, or does not answer within a minute.
    #[must_use]
    #[allow(clippy::expect_used, clippy::panic, reason = "a test ends here")]
    pub fn start_program(program: &Path, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        for _ in 0..TRIES {
            let port = free_port();
            if let Some(process) = spawn(program, &arguments, directory.path(), port) {
                return Self { process, port, program: program.to_owned(), arguments, directory };
            }
        }
        panic!("{} {arguments:?} does not answer", program.display());
    }

    /// Where it listens, at 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:6379`, with its port.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it answers to a command, as it stands on the wire: `+PONG\r\n` to `PING`.
    ///
    /// # Errors
    ///
    /// Where it does not answer within five seconds.
    pub fn ask(&self, command: &str) -> io::Result<String> {
        ask(self.port, command)
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it anew after it was [killed](Self::kill), at the same place; it has forgotten everything.
    ///
    /// # Panics
    ///
    /// Where it does not answer within a minute.
    #[allow(clippy::panic, reason = "a test ends here")]
    pub fn start_again(&mut self) {
        self.kill();
        match spawn(&self.program, &self.arguments, self.directory.path(), self.port) {
            Some(process) => self.process = process,
            None => panic!("the server does not come back on port {}", self.port),
        }
    }

    /// Stops it in its tracks: it takes connections and answers nothing.
    ///
    /// # Panics
    ///
    /// Where it is not there.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after it was [stopped](Self::freeze).
    ///
    /// # Panics
    ///
    /// Where it is not there.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    #[allow(clippy::expect_used, reason = "a test ends here")]
    fn signal(&self, name: &str) {
        self.process.signal(name).expect("a server that is there");
    }
}

fn spawn(program: &Path, arguments: &[String], directory: &Path, port: u16) -> Option<Process> {
    let mut command = Command::new(program);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.arg("--dir").arg(directory).args(arguments);
    let mut process = Process::silent(&mut command).ok()?;
    let ready = || ask(port, "PING").is_ok_and(|answer| answer == "+PONG\r\n");
    process.becomes(ready).then_some(process)
}

fn ask(port: u16, command: &str) -> io::Result<String> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    answer.strip_suffix("+OK\r\n").map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
