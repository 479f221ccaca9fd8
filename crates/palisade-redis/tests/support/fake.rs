//! A server that answers every script alike.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub struct Fake {
    pub port: u16,
    reply: Arc<Mutex<String>>,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Fake {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (reply, accepted) = (Arc::new(Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
        let shared = (Arc::clone(&reply), Arc::clone(&accepted));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.1.fetch_add(1, Relaxed);
                tokio::spawn(answer(client, Arc::clone(&shared.0)));
            }
        });
        Self { port, reply, accepted, task }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What scripts are answered from now on, on the wire.
    pub fn says(&self, reply: &str) {
        reply.clone_into(&mut self.reply.lock().unwrap());
    }

    pub fn accepted(&self) -> usize {
        self.accepted.load(Relaxed)
    }
}

async fn answer(mut client: TcpStream, reply: Arc<Mutex<String>>) {
    let mut received = Vec::new();
    while let Ok(1..) = client.read_buf(&mut received).await {
        while let Some((name, length)) = command(&received) {
            received.drain(..length);
            let answer =
                if name.starts_with("EVAL") { reply.lock().unwrap().clone() } else { "+OK\r\n".to_owned() };
            if client.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// The name of the first whole command, and how many bytes it has.
fn command(bytes: &[u8]) -> Option<(String, usize)> {
    let line = |from: usize| -> Option<(usize, usize)> {
        let end = from + bytes.get(from..)?.windows(2).position(|pair| pair == b"\r\n")?;
        let number = std::str::from_utf8(&bytes[from + 1..end]).unwrap().parse().unwrap();
        Some((number, end + 2))
    };
    let (parts, mut at) = line(0)?;
    let mut name = None;
    for _ in 0..parts {
        let (length, begin) = line(at)?;
        at = begin + length + 2;
        let part = bytes.get(begin..at)?;
        name.get_or_insert_with(|| String::from_utf8_lossy(&part[..length]).into_owned());
    }
    Some((name?, at))
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}
