use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::response::{Parsed, Response, parse};

/// How long one connection may take in all.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long to wait for an answer too many on a connection that stays open.
const LINGER: Duration = Duration::from_millis(200);
/// How many bytes of answers are read.
const LIMIT: usize = 1 << 20;

/// What came back on one connection.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub(crate) answers: Vec<Response>,
    pub(crate) end: End,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closed or reset it.
    Closed,
    /// All expected answers are here and it stayed open.
    Open,
    /// The deadline passed while an answer, or the close, was awaited.
    Silent,
    /// What came is not HTTP.
    Garbled(&'static str),
}

/// How to read what comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listen {
    /// How many answers are awaited.
    pub(crate) answers: usize,
    /// The first answer is to a HEAD request.
    pub(crate) head: bool,
    /// Wait for the server to close.
    pub(crate) until_closed: bool,
}

/// Opens a connection, from a given local address if there is one.
pub(crate) async fn connect(addr: SocketAddr, from: Option<Ipv4Addr>) -> io::Result<TcpStream> {
    let connecting = async {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(from) = from {
            socket.bind((from, 0).into())?;
        }
        socket.connect(addr).await
    };
    timeout(DEADLINE, connecting).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Sends all bytes at once and reads answers beside it: a server may refuse before it has read everything.
pub(crate) async fn converse(stream: TcpStream, bytes: Vec<u8>, listen: Listen) -> Conversation {
    let (mut from_server, mut to_server) = stream.into_split();
    // The half is handed back so that the connection is not half-closed before the answer.
    let writer = tokio::spawn(async move {
        // A server that refuses early breaks the pipe; its answer tells, not this error.
        let _ = timeout(DEADLINE, to_server.write_all(&bytes)).await;
        to_server
    });
    let mut reader = Reader { bytes: Vec::new(), at: 0, answers: Vec::new() };
    let end = match timeout(DEADLINE, reader.read(&mut from_server, listen)).await {
        Ok(end) => end,
        Err(_) => reader.finish(listen, End::Silent),
    };
    writer.abort();
    Conversation { answers: reader.answers, end }
}

struct Reader {
    bytes: Vec<u8>,
    at: usize,
    answers: Vec<Response>,
}

impl Reader {
    async fn read(&mut self, from: &mut OwnedReadHalf, listen: Listen) -> End {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            if let Err(why) = self.take(listen, false) {
                return End::Garbled(why);
            }
            let enough = self.answers.len() >= listen.answers && !listen.until_closed;
            let wait = if enough { LINGER } else { DEADLINE };
            match timeout(wait, from.read(&mut chunk)).await {
                Err(_) if enough && self.at == self.bytes.len() => return End::Open,
                Err(_) => return self.finish(listen, End::Silent),
                Ok(Ok(0) | Err(_)) => return self.finish(listen, End::Closed),
                Ok(Ok(n)) => self.bytes.extend_from_slice(chunk.get(..n).unwrap_or_default()),
            }
            if self.bytes.len() > LIMIT {
                return self.finish(listen, End::Closed);
            }
        }
    }

    /// Takes whole answers off the bytes.
    fn take(&mut self, listen: Listen, ended: bool) -> Result<(), &'static str> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(());
            }
            match parse(rest, listen.head && self.answers.is_empty(), ended) {
                Parsed::More => return Ok(()),
                Parsed::Bad(why) => return Err(why),
                Parsed::Answer(response, used) => {
                    self.answers.push(response);
                    self.at += used;
                }
            }
        }
    }

    fn finish(&mut self, listen: Listen, end: End) -> End {
        self.take(listen, true).map_or_else(End::Garbled, |()| end)
    }
}
