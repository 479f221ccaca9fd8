//! A server in another process, and who asks it.

use super::{
    client::{Client, Turn},
    server::Kind,
};
use crate::failure::Failure;
use clap::ValueEnum as _;
use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
};

/// Ends with its owner: its input ends then.
pub(super) struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    client: Option<Client>,
}

impl Child {
    pub(super) fn start(kind: Kind) -> Result<Self, Failure> {
        let name = kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let mut process = Command::new(env::current_exe()?)
            .args(["serve", &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let output = BufReader::new(output.ok_or_else(|| Failure::setup("no output of the server"))?);
        let mut child = Self { process, input, output, client: None };
        let port = child.number()?;
        let port = u16::try_from(port).map_err(Failure::setup)?;
        let credential = child.line()?;
        child.client = Some(Client::connect(port, &credential, !matches!(kind, Kind::Bare | Kind::Lines))?);
        Ok(child)
    }

    /// Asks for one turn.
    pub(super) fn turn(&mut self) -> Result<Turn, Failure> {
        let before = self.nanos()?;
        let client = self.client.as_mut().ok_or_else(|| Failure::setup("no connection"))?;
        let (requests, seconds) = client.ask()?;
        // A log's thread may still be writing.
        std::thread::sleep(std::time::Duration::from_millis(50));
        let cpu_nanos = (self.nanos()? - before) as f64 / requests as f64;
        Ok(Turn { cpu_nanos, a_second: requests as f64 / seconds })
    }

    /// How many header lines an answer of the server has.
    pub(super) fn lines(&self) -> usize {
        self.client.as_ref().map_or(0, Client::lines)
    }

    /// Processor time of the server's process.
    fn nanos(&mut self) -> Result<u64, Failure> {
        let input = self.input.as_mut().ok_or_else(|| Failure::setup("no input of the server"))?;
        input.write_all(b"\n")?;
        self.number()
    }

    fn number(&mut self) -> Result<u64, Failure> {
        self.line()?.parse().map_err(Failure::setup)
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop((self.client.take(), self.input.take()));
        // It has nothing left to do and ends by itself; if not, it is ended.
        std::thread::sleep(std::time::Duration::from_millis(50));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
