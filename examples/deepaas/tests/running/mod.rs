//! The program as a process on a free port, and the requests that are made to it.

#![allow(dead_code, unused_imports, reason = "every file of tests uses a part of it")]

pub(crate) use palisade_testing::servers::Answer;

use palisade_testing::servers::Service;
use std::{
    ops::{Deref, DerefMut},
    process::Command,
};

/// The running program; it is stopped when this is dropped.
pub(crate) struct Deepaas(Service);

impl Deref for Deepaas {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.0
    }
}

impl DerefMut for Deepaas {
    fn deref_mut(&mut self) -> &mut Service {
        &mut self.0
    }
}

impl Deepaas {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// The same, with these variables in its environment.
    pub(crate) fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deepaas"));
        command.args(args).args(["--listen-port", "0"]).env_clear().envs(variables.iter().copied());
        Self(Service::start(command, "predict"))
    }

    /// Sends a form with a file in the part `data`, or with another field.
    pub(crate) fn upload(&self, path: &str, lines: &str, file: Option<&[u8]>) -> Answer {
        let disposition = match file {
            Some(_) => "name=\"data\"; filename=\"image.png\"",
            None => "name=\"other\"",
        };
        let part = format!("--frontier\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        let body = [part.as_bytes(), file.unwrap_or(b"x"), b"\r\n--frontier--\r\n"].concat();
        let lines = format!("{lines}Content-Type: multipart/form-data; boundary=frontier\r\n");
        self.send(&format!("POST {path}"), &lines, &body)
    }
}

/// A token as a header line.
pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}
