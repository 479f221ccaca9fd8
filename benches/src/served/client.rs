//! Connections that ask as fast as they are answered.

use crate::{clock::wall_nanos, failure::Failure, load::BODY};
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

const THREADS: usize = 2;
const EACH: usize = 16;
/// All of them.
pub(super) const CONNECTIONS: usize = THREADS * EACH;
const ROUNDS: usize = 500;
/// A server that says nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of one turn.
pub(super) const REQUESTS: usize = CONNECTIONS * ROUNDS;

/// What one turn showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Of the server's process, a request.
    pub(super) cpu_nanos: f64,
    pub(super) a_second: f64,
}

/// Keeps its connections.
pub(super) struct Client {
    threads: Vec<Vec<TcpStream>>,
    request: String,
    lines: usize,
}

impl Client {
    /// Connects, and proves that the server guards, or does not.
    pub(super) fn connect(port: u16, credential: &str, guarded: bool) -> Result<Self, Failure> {
        let connect = || {
            let stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok::<_, Failure>(stream)
        };
        let head = "GET /models HTTP/1.1\r\nhost: api.example.org\r\nuser-agent: bench/1\r\naccept: */*\r\n";
        let mut stream = connect()?;
        stream.write_all(format!("{head}authorization: Bearer wrong\r\n\r\n").as_bytes())?;
        let mut answer = [0; 2_048];
        let read = stream.read(&mut answer)?;
        let refused = answer.get(..read).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 401"));
        if refused != guarded {
            return Err(Failure::setup("the server does not guard as it should"));
        }
        let request = format!("{head}authorization: Bearer {credential}\r\n\r\n");
        let mut stream = connect()?;
        stream.write_all(request.as_bytes())?;
        let read = stream.read(&mut answer)?;
        // The status and the empty line are none.
        let lines =
            answer.get(..read).map_or(0, |answer| answer.windows(2).filter(|two| *two == b"\r\n").count());
        let threads = (0..THREADS)
            .map(|_| (0..EACH).map(|_| connect()).collect::<Result<Vec<_>, _>>())
            .collect::<Result<_, _>>()?;
        Ok(Self { threads, request, lines: lines.saturating_sub(2) })
    }

    /// How many header lines an answer has.
    pub(super) const fn lines(&self) -> usize {
        self.lines
    }

    /// How many requests were answered well, and in how many seconds.
    pub(super) fn ask(&mut self) -> Result<(usize, f64), Failure> {
        let start = wall_nanos();
        let request = self.request.as_bytes();
        thread::scope(|scope| {
            let asking: Vec<_> = self
                .threads
                .iter_mut()
                .map(|streams| scope.spawn(move || (0..ROUNDS).try_for_each(|_| round(streams, request))))
                .collect();
            asking.into_iter().try_for_each(|thread| {
                thread.join().map_err(|_| Failure::setup("a client panicked")).and_then(|asked| asked)
            })
        })?;
        Ok((REQUESTS, (wall_nanos() - start) as f64 / 1e9))
    }
}

const GOOD: &[u8] = b"HTTP/1.1 200";

/// One request over each connection.
fn round(streams: &mut [TcpStream], request: &[u8]) -> Result<(), Failure> {
    for stream in streams.iter_mut() {
        stream.write_all(request)?;
    }
    let mut answer = [0; 2_048];
    for stream in streams {
        let mut read = 0;
        // What the handler says ends every answer.
        while !answer.get(..read).is_some_and(|answer| answer.ends_with(BODY.as_bytes())) {
            let more = stream.read(answer.get_mut(read..).unwrap_or_default())?;
            if more == 0 {
                return Err(Failure::Body);
            }
            read += more;
            if read >= GOOD.len() && !answer.starts_with(GOOD) {
                return Err(Failure::setup(String::from_utf8_lossy(answer.get(..read).unwrap_or_default())));
            }
        }
    }
    Ok(())
}
