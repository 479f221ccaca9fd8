//! A Redis server of this machine, on a free port.

use crate::program::has;
use std::{
    net::TcpListener,
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
    _directory: TempDir,
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
        let child = Command::new("redis-server")
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
            .arg(directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Self { child, port, _directory: directory };
        for _ in 0..400 {
            if redis.answers().await {
                return Some(redis);
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("the server on port {port} does not answer");
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn answers(&self) -> bool {
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.port)).await else { return false };
        let mut pong = [0; 7];
        socket.write_all(b"PING\r\n").await.is_ok()
            && socket.read_exact(&mut pong).await.is_ok()
            && pong == *b"+PONG\r\n"
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
