//! Clients that are served, and clients that hang up.

use crate::load::{
    arrivals::Caller,
    connection::{Answer, Connection},
    now,
};
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

/// What clients present at present.
#[derive(Clone, Debug, Default)]
pub(super) struct Credentials {
    /// An API key and its id.
    pub(super) key: String,
    pub(super) id: String,
    /// A token of the file.
    pub(super) token: String,
    /// A signed token.
    pub(super) jwt: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<Mutex<Credentials>>);

impl Shared {
    pub(super) fn get(&self) -> Credentials {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Credentials)) {
        change(&mut self.0.lock().unwrap());
    }
}

/// A tenth of all are counted by a limit that refuses while Redis is gone.
const CLOSED: u64 = 9;
const BODY: usize = 2_000;

impl Caller for Shared {
    fn request(&self, nth: u64) -> Vec<u8> {
        let Credentials { key, token, jwt, .. } = self.get();
        match nth % 10 {
            0..=3 => get("/models", &key),
            4..=5 => get("/models", &jwt),
            6..=7 => get("/models", &token),
            CLOSED => get("/closed", &key),
            _ => upload(&key, BODY),
        }
    }

    fn note(&self, nth: u64, answer: &io::Result<Answer>) -> Option<String> {
        match answer {
            Ok(answer) if answer.status == 200 => None,
            Ok(answer) if nth % 10 == CLOSED && answer.body.contains(r#""kind":"limiter_unavailable""#) => {
                Some(GONE.to_owned())
            }
            Ok(answer) => Some(format!("{} {}", answer.status, answer.body)),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// What is said while Redis is gone, where that is decided to be a reason to refuse.
pub(super) const GONE: &str = "limiter_unavailable";

pub(super) fn get(path: &str, bearer: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {bearer}\r\n\r\n").into_bytes()
}

/// An upload of so many bytes, of which only some may be sent.
fn upload(bearer: &str, sent: usize) -> Vec<u8> {
    let body = "x".repeat(sent);
    format!(
        "POST /upload HTTP/1.1\r\nhost: api.example\r\nauthorization: Bearer {bearer}\r\n\
         content-type: text/plain\r\ncontent-length: {BODY}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The status of one request; 0 where there is no answer.
pub(super) async fn status(addr: SocketAddr, path: &str, bearer: &str) -> u16 {
    let answer = Connection::to(addr).exchange(&get(path, bearer)).await;
    answer.map_or(0, |answer| answer.status)
}

/// How many of so many requests were admitted; all others must have been refused by the limit.
pub(super) async fn admitted(addr: SocketAddr, bearer: &str, times: u32) -> Result<u32, u16> {
    let mut admitted = 0;
    for _ in 0..times {
        match status(addr, "/counted", bearer).await {
            200 => admitted += 1,
            429 => {}
            other => return Err(other),
        }
    }
    Ok(admitted)
}

/// Clients that hang up with a reset, twenty a second, until then: within a head, within a body of theirs, before the answer, and within its
/// body. Says how many.
pub(super) async fn hang_up_until(addr: SocketAddr, credentials: Shared, end: Instant) -> u64 {
    let (mut random, mut count) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    while now() < end {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let key = credentials.get().key;
        tokio::spawn(async move { hang_up(addr, &key, random).await });
        count += 1;
        sleep(Duration::from_millis(50)).await;
    }
    count
}

async fn hang_up(addr: SocketAddr, key: &str, random: u64) -> io::Result<()> {
    let mut socket = TcpStream::connect(addr).await?;
    socket.set_zero_linger()?;
    let request = match random & 3 {
        0 => {
            let mut head = get("/models", key);
            head.truncate(usize::try_from(random >> 8).unwrap() % head.len());
            head
        }
        1 => upload(key, usize::try_from(random >> 8).unwrap() % BODY),
        2 => get("/never", key),
        _ => get("/chunks", key),
    };
    socket.write_all(&request).await?;
    if random & 3 == 3 {
        let mut buffer = vec![0; 64 + usize::try_from(random >> 16).unwrap() % 512];
        socket.read_exact(&mut buffer).await?;
    }
    sleep(Duration::from_millis(random >> 32 & 63)).await;
    Ok(())
}
