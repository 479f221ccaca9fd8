//! A Redis server of this machine, on a free port.

use crate::program::has;
use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Duration, sleep},
};

/// Ended with this value.
#[derive(Debug)]
pub struct Redis {
    child: Child,
    port: u16,
    directory: TempDir,
}

impl Redis {
    /// A server that answers; `None`, said aloud, where the program is missing.
    ///
    /// # Panics
    ///
    /// Where it does not answer within ten seconds.
    pub async fn start() -> Option<Self> {
        if !has("redis-server", "redis-server") {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory = tempfile::tempdir().unwrap();
        let redis = Self { child: spawn(port, directory.path()), port, directory };
        redis.answering().await;
        Some(redis)
    }

    /// Ends it at once.
    ///
    /// # Panics
    ///
    /// Where that cannot be done.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it anew after it was [killed](Self::kill), at the same place; it has forgotten everything.
    ///
    /// # Panics
    ///
    /// Where it does not answer within ten seconds.
    pub async fn start_again(&mut self) {
        self.child = spawn(self.port, self.directory.path());
        self.answering().await;
    }

    async fn answering(&self) {
        for _ in 0..400 {
            if self.answers().await {
                return;
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("the server on port {} does not answer", self.port);
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How many commands came that run a script, since it was started.
    ///
    /// # Panics
    ///
    /// Where it does not answer.
    pub async fn scripts(&self) -> u64 {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        socket.write_all(b"INFO commandstats\r\nQUIT\r\n").await.unwrap();
        let mut told = String::new();
        socket.read_to_string(&mut told).await.unwrap();
        let calls = |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<u64>().ok();
        told.lines().filter(|line| line.starts_with("cmdstat_eval")).filter_map(calls).sum()
    }

    async fn answers(&self) -> bool {
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.port)).await else { return false };
        let mut pong = [0; 7];
        socket.write_all(b"PING\r\n").await.is_ok()
            && socket.read_exact(&mut pong).await.is_ok()
            && pong == *b"+PONG\r\n"
    }
}

fn spawn(port: u16, directory: &Path) -> Child {
    Command::new("redis-server")
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
        ])
        .arg(directory)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
