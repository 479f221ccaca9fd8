//! One connection that is kept.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

/// Connects when it is first used, and again where the server hung up.
#[derive(Debug)]
pub struct Connection {
    addr: SocketAddr,
    socket: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// To this server.
    #[must_use]
    pub const fn to(addr: SocketAddr) -> Self {
        Self { addr, socket: None, buffer: Vec::new() }
    }

    /// Sends a request and reads its answer to the end. A connection that the server closed while it was idle is made anew, once, as
    /// every client does.
    ///
    /// # Errors
    ///
    /// What the socket says.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let kept = self.socket.is_some();
        match self.try_exchange(request).await {
            Err(_) if kept && self.buffer.is_empty() => self.try_exchange(request).await,
            done => done,
        }
    }

    async fn try_exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.buffer.clear();
        // Whatever fails leaves no connection behind.
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => {
                let socket = TcpStream::connect(self.addr).await?;
                socket.set_nodelay(true)?;
                socket
            }
        };
        socket.write_all(request).await?;
        loop {
            if socket.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(answer) = parse(&self.buffer)? {
                if !answer.head.contains("connection: close") {
                    self.socket = Some(socket);
                }
                return Ok(answer);
            }
        }
    }
}

/// The answer, where all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<Answer>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| wrong())?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.and_then(|length| length.trim().parse().ok()).ok_or_else(wrong)?;
    let Some(body) = bytes.get(end + 4..end + 4 + length) else { return Ok(None) };
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(wrong)?;
    Ok(Some(Answer { status, body: String::from_utf8_lossy(body).into_owned(), head }))
}
