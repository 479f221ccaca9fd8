//! Clients that hang up, at any time, without a word.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::body::Body;
use futures_util::stream;
use palisade::{
    AccessLog, By, Concurrency, Overload, Secret, Tracing,
    observe::{
        Explain, Metrics, Suspicions,
        audit::{Chain, MemoryAudit, Recorder},
    },
    routes::{Routes, get},
};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tests::server::{TOKEN, stack};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep},
};

/// How many hang up; a soak run sets another number, and has the machine for itself.
const VARIABLE: &str = "PALISADE_DISCONNECTS";
/// Clients at once.
const CLIENTS: u64 = 64;

/// Chunks without end, 5 ms apart.
async fn chunks() -> Body {
    Body::from_stream(stream::unfold((), async |()| {
        sleep(Duration::from_millis(5)).await;
        Some((Ok::<_, Infallible>("chunk"), ()))
    }))
}

async fn never() -> &'static str {
    std::future::pending().await
}

/// Hangs up with a reset: within the head, before the answer, after its head, or within its body.
async fn hang_up(addr: SocketAddr, random: u64) -> std::io::Result<()> {
    let mut socket = TcpStream::connect(addr).await?;
    socket.set_zero_linger()?;
    let path = if random & 4 == 0 { "/chunks" } else { "/never" };
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    let whole = head.len();
    let sent = if random & 3 == 0 { (random >> 8) as usize % whole } else { whole };
    socket.write_all(&head.as_bytes()[..sent]).await?;
    if random & 3 >= 2 && path == "/chunks" {
        let mut buffer = vec![0; 64 + (random >> 16) as usize % 512];
        socket.read_exact(&mut buffer).await?;
    } else {
        sleep(Duration::from_millis(random >> 32 & 7)).await;
    }
    Ok(())
}

/// Counts lines.
#[derive(Clone, Default)]
struct Lines(Arc<std::sync::atomic::AtomicU64>);

impl Lines {
    fn count(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.0.fetch_add(lines, std::sync::atomic::Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a234_a314_after_thousands_of_resets_nothing_is_in_flight() {
    let asked = std::env::var(VARIABLE).ok().and_then(|count| count.parse().ok());
    let (count, within) = match asked {
        Some(count) => (count, Duration::from_secs(1)),
        // A loaded machine may take its time to tell the server.
        None => (2_000_u64, Duration::from_secs(20)),
    };
    let limit = Concurrency::new("streams", 1_000, By::principal()).unwrap();
    let overload = Overload::new(2_000).unwrap().reserve(10).unwrap();
    let routes = Routes::new()
        .route("/chunks", get(chunks).authenticated().guard(limit.clone()))
        .route("/never", get(never).authenticated().guard(limit.clone()))
        .route("/fine", get(async || "fine").public());
    // Everything that sees a request out is there, so that nothing of it keeps one.
    let (lines, log) = (
        Lines::default(),
        MemoryAudit::new(Chain::keyed(&Secret::new("the key of a chain")).unwrap(), 10_000),
    );
    let recorder = Recorder::builder(log).build().unwrap();
    let explain = Explain::new();
    let app = stack()
        .in_flight_limit(overload.clone())
        .access_log(AccessLog::json(lines.clone()).build().unwrap())
        .audit(&recorder)
        .metrics(Metrics::new())
        .explain(&explain)
        .suspicions(Suspicions::new(Tracing).unwrap())
        .protect(routes)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(palisade::serve_until(listener, app, std::future::pending()));
    let files = open_files();
    let most = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (limit, most) = (limit.clone(), most.clone());
        clients.spawn(async move {
            let mut random = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(client + 1) | 1;
            for _ in 0..count.div_ceil(CLIENTS) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                hang_up(addr, random).await.unwrap();
                most.fetch_max(limit.in_flight(), std::sync::atomic::Ordering::Relaxed);
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }
    #[allow(clippy::disallowed_methods, reason = "sockets know no manual clock")]
    let began = Instant::now();
    while (limit.in_flight(), limit.keys(), overload.in_flight(), overload.ordinary().in_flight())
        != (0, 0, 0, 0)
    {
        assert!(began.elapsed() < within, "{limit:?} {overload:?}");
        sleep(Duration::from_millis(5)).await;
    }
    assert!(most.load(std::sync::atomic::Ordering::Relaxed) > 0, "nothing was ever in flight");
    while open_files() > files {
        assert!(began.elapsed() < within + Duration::from_secs(1), "{} files, {files} before", open_files());
        sleep(Duration::from_millis(5)).await;
    }
    // And it still serves.
    let mut socket = TcpStream::connect(addr).await.unwrap();
    socket.write_all(b"GET /fine HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    assert!(text.ends_with("fine"), "{text}");
    server.abort();
    // Who hung up within the head was no request; every other one has its line, and no line tells of two.
    while lines.count() < count / 2 {
        assert!(began.elapsed() < within + Duration::from_secs(10), "{}", lines.count());
        sleep(Duration::from_millis(5)).await;
    }
    assert!(lines.count() <= count.div_ceil(CLIENTS) * CLIENTS + 1, "{}", lines.count());
    assert!(recorder.drain(Duration::from_secs(20)).await);
}
