//! Requests over a connection of their own, byte for byte.

use super::answer::Answer;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Sends a method and a path (`GET /health`), header lines (each with its line end) and a body to an address.
///
/// # Panics
///
/// Where nobody listens, or no whole head comes back within a minute.
#[must_use]
#[allow(clippy::panic, reason = "a test ends here")]
pub fn send(address: &str, request: &str, lines: &str, body: &[u8]) -> Answer {
    let mut socket = connect(address);
    let length = body.len();
    let head = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n");
    let mut sent = format!("{head}{lines}\r\n").into_bytes();
    sent.extend_from_slice(body);
    // It may have answered already, and not want the rest.
    let _ = socket.write_all(&sent);
    let mut text = Vec::new();
    let _ = socket.read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text);
    Answer::parse(&text).unwrap_or_else(|| panic!("no answer to {request}: {text:?}"))
}

/// Sends the same so many times over one connection, without waiting for answers in between.
///
/// # Panics
///
/// Where nobody listens, or not so many answers come back, each within a minute.
#[must_use]
#[allow(clippy::expect_used, reason = "a test ends here")]
pub fn flood(address: &str, request: &str, lines: &str, body: &str, times: usize) -> Vec<Answer> {
    let mut socket = connect(address);
    let length = body.len();
    let one = format!("{request} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{lines}\r\n{body}");
    let last = one.replacen("Host: x", "Host: x\r\nConnection: close", 1);
    let all = one.repeat(times.saturating_sub(1)) + &last;
    socket.write_all(all.as_bytes()).expect("somebody who reads");
    let mut text = String::new();
    socket.read_to_string(&mut text).expect("answers that are text");
    let answers = text.split("HTTP/1.1 ").skip(1);
    let answers: Vec<_> = answers.filter_map(|text| Answer::parse(&format!("HTTP/1.1 {text}"))).collect();
    assert_eq!(answers.len(), times, "{text}");
    answers
}

#[allow(clippy::expect_used, reason = "a test ends here")]
pub(super) fn connect(address: &str) -> TcpStream {
    let socket = TcpStream::connect(address).expect("somebody who listens");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a time");
    socket
}
