//! Requests over a socket, and what came back, byte for byte.

use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An answer as it stood on the wire.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The status.
    pub status: u16,
    /// The header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What followed, with its framing.
    pub body: String,
}

impl Raw {
    /// The values of a header, one for each line of it.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(of, _)| of == name);
        lines.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header that stands there at most once; empty where it does not.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let lines = self.all(name);
        assert!(lines.len() <= 1, "{name}: {lines:?}");
        lines.first().copied().unwrap_or_default()
    }
}

/// `GET` of a path, with these header lines, on a connection of its own.
pub async fn fetch(addr: SocketAddr, path: &str, lines: &str) -> Raw {
    exchange(addr, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n")).await
}

/// Sends this and reads until the end.
pub async fn exchange(addr: SocketAddr, request: &str) -> Raw {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    socket.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    Raw {
        status: status.unwrap_or(0),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect(),
        body: body.to_owned(),
    }
}
