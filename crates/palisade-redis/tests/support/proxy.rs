//! A wire that can be slow, dead, or cut.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// Forwards to a port; ends with this value.
pub struct Proxy {
    pub port: u16,
    wire: Arc<Wire>,
    cut: watch::Sender<u64>,
    task: JoinHandle<()>,
}

struct Wire {
    target: AtomicU16,
    /// Before each reply, in milliseconds.
    delay: AtomicU64,
    accepted: AtomicUsize,
    open: AtomicUsize,
}

/// A delay that never ends.
pub const SWALLOW: Duration = Duration::from_secs(3_600);

impl Proxy {
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Arc::new(Wire {
            target: AtomicU16::new(target),
            delay: AtomicU64::new(0),
            accepted: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        });
        let (cut, cuts) = watch::channel(0);
        let shared = Arc::clone(&wire);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                shared.accepted.fetch_add(1, Relaxed);
                tokio::spawn(forward(client, Arc::clone(&shared), cuts.clone()));
            }
        });
        Self { port, wire, cut, task }
    }

    /// Host and port, for a URL.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn delay(&self, delay: Duration) {
        self.wire.delay.store(delay.as_millis() as u64, Relaxed);
    }

    pub fn target(&self, port: u16) {
        self.wire.target.store(port, Relaxed);
    }

    /// Cuts all connections there are.
    pub fn cut(&self) {
        self.cut.send_modify(|nth| *nth += 1);
    }

    pub fn accepted(&self) -> usize {
        self.wire.accepted.load(Relaxed)
    }

    pub fn open(&self) -> usize {
        self.wire.open.load(Relaxed)
    }
}

async fn forward(client: TcpStream, wire: Arc<Wire>, mut cuts: watch::Receiver<u64>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", wire.target.load(Relaxed))).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    wire.open.fetch_add(1, Relaxed);
    cuts.mark_unchanged();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    // Replies wait in a line of their own, so that the client's end is seen meanwhile.
    let replies = tokio::spawn({
        let wire = Arc::clone(&wire);
        async move {
            let mut buffer = vec![0; 64 * 1_024];
            while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
                sleep(Duration::from_millis(wire.delay.load(Relaxed))).await;
                if to_client.write_all(&buffer[..count]).await.is_err() {
                    break;
                }
            }
        }
    });
    let requests = async {
        let mut buffer = vec![0; 64 * 1_024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            if to_server.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = requests => {}
        _ = cuts.changed() => {}
    }
    replies.abort();
    wire.open.fetch_sub(1, Relaxed);
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
