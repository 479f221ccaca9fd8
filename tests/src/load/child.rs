//! A server in a process of its own, which does what it is told.

use super::process::Taken;
use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr},
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
};

/// Ends with this value.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    port: u16,
}

impl Child {
    /// This program again, with these arguments; it has to call [`serving::run`](super::serving::run).
    ///
    /// # Panics
    ///
    /// Where it does not start.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut process =
            command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut child = Self { input: process.stdin.take(), process, output, port: 0 };
        child.port = child.line().parse().unwrap();
        child
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it takes now.
    #[must_use]
    pub fn taken(&self) -> Taken {
        Taken::by(self.id())
    }

    /// Tells it something, and says what it answers.
    ///
    /// # Panics
    ///
    /// Where it is gone.
    pub fn tell(&mut self, words: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{words}").unwrap();
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the server is gone");
        line.trim().to_owned()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
