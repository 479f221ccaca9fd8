//! A process that a test started, and nobody else's.

use std::{
    io,
    net::TcpListener,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

/// How often, and how many times, a server is asked whether it is ready: a minute, for machines that do other things as well.
const PAUSE: Duration = Duration::from_millis(25);
const PAUSES: usize = 2_400;

/// A process, killed with this value.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Its number may be another process's by now.
    is_over: bool,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(|child| Self { child, is_over: false })
    }

    /// One whose words are thrown away.
    pub(super) fn silent(command: &mut Command) -> io::Result<Self> {
        Self::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Whether it became ready: not where it ended before, nor where it takes a minute.
    pub(super) fn becomes(&mut self, ready: impl Fn() -> bool) -> bool {
        for _ in 0..PAUSES {
            if !matches!(self.child.try_wait(), Ok(None)) {
                self.is_over = true;
                return false;
            }
            // Asked while it lives, so that no other server answers at its place.
            if ready() {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Sends a signal by its name, `TERM`; the shell's own `kill` is on every machine.
    pub(super) fn signal(&self, name: &str) -> io::Result<()> {
        if self.is_over {
            return Err(io::Error::other("it ended"));
        }
        let line = format!("kill -s {name} {}", self.id());
        let status = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("{line}: {status}"))) }
    }

    pub(super) fn wait(&mut self) -> io::Result<ExitStatus> {
        self.is_over = true;
        self.child.wait()
    }

    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of 127.0.0.1 that nobody listens at; somebody may, before it is used.
///
/// # Panics
///
/// Where there is none.
#[must_use]
#[allow(clippy::expect_used, reason = "a test ends here")]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("the address of a socket").port()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_process_ends_with_its_value() {
        let process = Process::silent(Command::new("sleep").arg("600")).unwrap();
        let id = process.id().to_string();
        let lives =
            || Command::new("sh").args(["-c", &format!("kill -0 {id}")]).stderr(Stdio::null()).status();
        assert!(lives().unwrap().success());
        drop(process);
        assert!(!lives().unwrap().success());
    }

    #[test]
    fn what_ended_is_not_waited_for() {
        let mut process = Process::silent(&mut Command::new("true")).unwrap();
        assert!(!process.becomes(|| false));
        process.signal("TERM").unwrap_err();
    }
}
