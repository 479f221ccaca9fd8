//! The program as a process on a free port, and the requests that are made to it.

#![allow(dead_code, unused_imports, reason = "every file of tests uses a part of it")]

pub(crate) use palisade_testing::servers::Answer;

use palisade_testing::servers::{Service, send};
use std::{
    ops::{Deref, DerefMut},
    process::Command,
    thread,
    time::Duration,
};

/// A secret that is strong enough to sign with.
pub(crate) const SECRET_KEY: &str = "s7Vq0pXk2LmZ9cRt4NwB8yHdJ6fGaE1u";

/// The running program; it is stopped when this is dropped.
pub(crate) struct Reliability(Service);

impl Deref for Reliability {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

impl DerefMut for Reliability {
    fn deref_mut(&mut self) -> &mut Service {
        &mut self.0
    }
}

impl Reliability {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reliability"));
        command.args(args).args(["--listen", "127.0.0.1:0"]);
        command.env_clear().env("SECRET_KEY", SECRET_KEY).envs(env.iter().copied());
        Self(Service::start(command, "Ctrl-C"))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.0.send(&format!("GET {path}"), "", b"")
    }

    /// So many requests at once, over one connection.
    pub(crate) fn flood(&self, path: &str, times: usize) -> Vec<Answer> {
        self.0.flood(&format!("GET {path}"), "", "", times)
    }

    /// The password of the user who was drawn at the start.
    pub(crate) fn password(&self) -> &str {
        self.greeting().split("shown this once: ").nth(1).unwrap().lines().next().unwrap()
    }

    /// Sends this with header lines of its own, each with its line end.
    pub(crate) fn send(&self, request: &str, lines: &str, body: &str) -> Answer {
        self.0.send(request, lines, body.as_bytes())
    }

    /// Says something to the example's own dependency.
    pub(crate) fn upstream(&self, request: &str, body: &str) -> Answer {
        let url = self.greeting().split("PUT -d down 'http://").nth(1).unwrap();
        send(url.split('/').next().unwrap(), request, "", body.as_bytes())
    }
}

/// The header line of a JSON body.
pub(crate) const JSON: &str = "Content-Type: application/json\r\n";
/// The header line of a form.
pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A token as a header line.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Asks again and again, for twenty seconds at most.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    unreachable!("not within twenty seconds: {what}");
}
