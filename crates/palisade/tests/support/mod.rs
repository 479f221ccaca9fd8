//! What tests of settings share: a PostgreSQL server with a password, and requests over sockets.

#![allow(dead_code, unreachable_pub, reason = "tests share it, and not every test uses everything")]

use palisade_testing::servers::Postgres;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

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

/// What the server asks for.
pub const PASSWORD: &str = "pNf4w2Tz";

/// A PostgreSQL server that asks for a password; nothing, and a note, where this machine has none.
pub fn postgres() -> Option<Postgres> {
    Postgres::options().password(PASSWORD).start()
}
