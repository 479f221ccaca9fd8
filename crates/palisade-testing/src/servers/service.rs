//! The program under test, as a process.

use super::{
    answer::Answer,
    process::Process,
    send::{connect, flood, send},
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tempfile::NamedTempFile;

/// A program of yours that serves HTTP and says where it listens; killed with this value.
///
/// ```no_run
/// use palisade_testing::servers::Service;
/// use std::process::Command;
///
/// // In an integration test: Command::new(env!("CARGO_BIN_EXE_shop")).
/// let mut command = Command::new("target/debug/shop");
/// command.env_clear().args(["--listen", "127.0.0.1:0"]);
/// let shop = Service::start(command, "listening on");
/// let answer = shop.send("GET /health", "", b"");
/// assert_eq!(answer.status, 200, "{}", shop.log());
/// ```
#[derive(Debug)]
pub struct Service {
    process: Process,
    address: String,
    greeting: String,
    log: NamedTempFile,
    output: Arc<Mutex<String>>,
}

impl Service {
    /// Starts it, and reads its standard output up to the line that has `until` in it. By then it must have printed `http://` or
    /// `https://` and its address.
    ///
    /// # Panics
    ///
    /// Where it cannot be started, or ends before it has said so; what it wrote on its standard error is in the message.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn start(mut command: Command, until: &str) -> Self {
        let log = NamedTempFile::new().expect("a file");
        command.stdout(Stdio::piped()).stderr(log.reopen().expect("a file"));
        let mut process = Process::start(&mut command).expect("a program that can be run");
        let mut out = BufReader::new(process.child().stdout.take().expect("a pipe"));
        let mut greeting = String::new();
        while !greeting.contains(until) {
            let read = out.read_line(&mut greeting).expect("lines of text");
            assert_ne!(read, 0, "it ended: {greeting}{}", fs::read_to_string(log.path()).unwrap_or_default());
        }
        let end = |char: char| char.is_whitespace() || char == '/';
        let address = greeting.split("://").nth(1).and_then(|rest| rest.split(end).next());
        let address = address.expect("an address behind http:// or https://").to_owned();
        let output = Arc::new(Mutex::new(String::new()));
        let lines = Arc::clone(&output);
        // Ends with the program, which nothing keeps from writing meanwhile.
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                lines.lock().unwrap_or_else(PoisonError::into_inner).push_str(&(line + "\n"));
            }
        });
        Self { process, address, greeting, log, output }
    }

    /// Where it listens: the host and the port behind the first `://` that it printed.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it printed until it was ready.
    #[must_use]
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// What it printed after that, line by line.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it wrote on its standard error.
    ///
    /// # Panics
    ///
    /// Where that is no text.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).expect("text")
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A connection that waits a minute for what it reads.
    ///
    /// # Panics
    ///
    /// Where nobody listens.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// Sends a method and a path (`GET /health`), header lines (each with its line end) and a body, over a connection of its own.
    ///
    /// # Panics
    ///
    /// Where no whole head comes back within a minute.
    #[must_use]
    pub fn send(&self, request: &str, lines: &str, body: &[u8]) -> Answer {
        send(&self.address, request, lines, body)
    }

    /// Sends the same so many times over one connection, without waiting for answers in between.
    ///
    /// # Panics
    ///
    /// Where not so many answers come back, each within a minute.
    #[must_use]
    pub fn flood(&self, request: &str, lines: &str, body: &str, times: usize) -> Vec<Answer> {
        flood(&self.address, request, lines, body, times)
    }

    /// Asks it to end (SIGTERM), as an operator does.
    ///
    /// # Panics
    ///
    /// Where it is not there any more.
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn ask_to_end(&self) {
        self.process.signal("TERM").expect("a program that is there");
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    ///
    /// Where it cannot be waited for.
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait().expect("a program that was started")
    }

    /// [Asks it to end](Self::ask_to_end), and [waits](Self::wait).
    ///
    /// # Panics
    ///
    /// Where it is not there any more.
    pub fn terminate(&mut self) -> ExitStatus {
        self.ask_to_end();
        self.wait()
    }

    /// Ends it without any chance to tidy up, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}
