//! Floods of HTTP/2 frames, against the server that this project brings.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::extract::State;
use palisade::{
    AccessLog, Overload, Protected, Secret, Tracing,
    observe::{
        Explain, Metrics, Suspicions,
        audit::{Chain, MemoryAudit, Recorder},
    },
    routes::{Routes, get, post},
};
use std::{io, net::SocketAddr, time::Duration};
use tests::server::{Handled, stack};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
    time::{sleep, timeout},
};

const LONG: Duration = Duration::from_secs(60);
const MIB: u64 = 1 << 20;

/// Frames of RFC 9113 §6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A head in HPACK, without a table: `GET` or `POST` of a path.
fn head(method: &str, path: &str) -> Vec<u8> {
    let mut head =
        vec![if method == "GET" { 0x82 } else { 0x83 }, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
    head.extend_from_slice(path.as_bytes());
    head.extend_from_slice(b"\x01\x01x");
    head
}

struct Served {
    address: SocketAddr,
    app: Protected,
    handled: Handled,
    overload: Overload,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve() -> Served {
    let handled = Handled::default();
    let never = async |State(handled): State<Handled>| {
        handled.note();
        std::future::pending::<&'static str>().await
    };
    let whole = async |State(handled): State<Handled>, body: bytes::Bytes| {
        handled.note();
        body.len().to_string()
    };
    let routes = Routes::new()
        .route("/never", get(never).public())
        .route("/brief", post(whole).public().body_deadline(Duration::from_secs(2)))
        .route("/whole", post(whole).public())
        .route("/fine", get(async || "fine").public())
        .with_state(handled.clone());
    let overload = Overload::new(1_000).unwrap();
    let log = MemoryAudit::new(Chain::keyed(&Secret::new("the key of a chain")).unwrap(), 1_000);
    let app = stack()
        .in_flight_limit(overload.clone())
        .access_log(AccessLog::json(io::sink()).build().unwrap())
        .audit(&Recorder::builder(log).build().unwrap())
        .metrics(Metrics::new())
        .explain(&Explain::new())
        .suspicions(Suspicions::new(Tracing).unwrap())
        .protect(routes)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = app.clone();
    let task = tokio::spawn(async move {
        palisade::serve_until(listener, served, std::future::pending()).await.unwrap();
    });
    Served { address, app, handled, overload, task }
}

/// A connection that said hello, and what comes over it: the kinds of frames, to the end of it.
async fn connect(address: SocketAddr) -> (OwnedWriteHalf, JoinHandle<Vec<(u8, u32, Vec<u8>)>>) {
    let (read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    write.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    write.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    (write, tokio::spawn(frames(read)))
}

async fn frames(mut read: OwnedReadHalf) -> Vec<(u8, u32, Vec<u8>)> {
    let mut seen = Vec::new();
    loop {
        let mut head = [0; 9];
        if read.read_exact(&mut head).await.is_err() {
            return seen;
        }
        let [a, b, c, kind, _, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        if read.read_exact(&mut payload).await.is_err() {
            return seen;
        }
        // Of a flood of answers the first ones say enough.
        if seen.len() < 10_000 {
            seen.push((kind, u32::from_be_bytes(stream), payload));
        }
    }
}

/// What this process keeps in memory, in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096
}

/// Sends this so often, or until the other end will not have it; how often it did.
async fn flood(write: &mut OwnedWriteHalf, many: u32, mut next: impl FnMut(u32) -> Vec<u8>) -> u32 {
    let mut sent = 0;
    while sent < many {
        let batch: Vec<u8> = (sent..(sent + 50).min(many)).flat_map(&mut next).collect();
        if write.write_all(&batch).await.is_err() {
            return sent;
        }
        sent += 50;
    }
    many
}

/// The service is as it was: nothing in flight, and it answers.
async fn is_well(served: &Served) {
    for _ in 0..2_000 {
        if served.overload.in_flight() == 0 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(served.overload.in_flight(), 0);
    assert_eq!(tests::client::send(&served.app, tests::client::get("/fine")).await.body, "fine");
    assert_eq!(tests::socket::fetch(served.address, "/fine", "").await.body, "fine");
}

fn is_closed(seen: &[(u8, u32, Vec<u8>)]) -> bool {
    seen.iter().any(|(kind, _, _)| *kind == GOAWAY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a327_streams_that_are_reset_at_once_end_their_connection_and_leave_nothing() {
    let served = serve().await;
    let before = resident();
    let (mut write, seen) = connect(served.address).await;
    let sent = flood(&mut write, 200_000, |nth| {
        let stream = nth * 2 + 1;
        let mut both = frame(HEADERS, END_STREAM | END_HEADERS, stream, &head("GET", "/never"));
        both.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        both
    });
    let sent = timeout(LONG, sent).await.unwrap();
    let seen = timeout(LONG, seen).await.unwrap().unwrap();
    assert!(sent < 200_000 && is_closed(&seen), "{sent} {}", seen.len());
    assert!(resident() < before + 32 * MIB, "{before} {}", resident());
    is_well(&served).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a327_a_head_without_end_ends_its_connection() {
    let served = serve().await;
    let before = resident();
    let (mut write, seen) = connect(served.address).await;
    write.write_all(&frame(HEADERS, END_STREAM, 1, &head("GET", "/never"))).await.unwrap();
    // One field line after the other: `x: y…`, never the last.
    let line = [&b"\x00\x01x\x7f\x80\x3f"[..], &[b'y'; 127 + 8_064]].concat();
    let sent = timeout(LONG, flood(&mut write, 100_000, |_| frame(CONTINUATION, 0, 1, &line))).await.unwrap();
    let seen = timeout(LONG, seen).await.unwrap().unwrap();
    assert!(sent < 100_000 && is_closed(&seen), "{sent} {}", seen.len());
    assert_eq!(served.handled.count(), 0);
    assert!(resident() < before + 32 * MIB, "{before} {}", resident());
    is_well(&served).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a327_empty_frames_keep_no_body_open_beyond_its_pace() {
    let served = serve().await;
    let before = resident();
    let (mut write, seen) = connect(served.address).await;
    write.write_all(&frame(HEADERS, END_HEADERS, 1, &head("POST", "/brief"))).await.unwrap();
    #[allow(clippy::disallowed_methods, reason = "sockets know no manual clock")]
    let began = tokio::time::Instant::now();
    // For as long as the other end takes them, and at most three times the deadline of the route.
    let mut sent = 0_u64;
    while began.elapsed() < Duration::from_secs(6) && !seen.is_finished() {
        if flood(&mut write, 500, |_| frame(DATA, 0, 1, &[])).await < 500 {
            break;
        }
        sent += 500;
    }
    drop(write);
    let seen = timeout(LONG, seen).await.unwrap().unwrap();
    let answered = seen.iter().any(|(kind, stream, payload)| {
        *kind == DATA && *stream == 1 && payload.windows(15).any(|word| word == b"REQUEST_TIMEOUT")
    });
    assert!(is_closed(&seen) || answered, "{sent} {:?}", seen.iter().map(|it| it.0).collect::<Vec<_>>());
    assert_eq!(served.handled.count(), 0);
    assert!(resident() < before + 32 * MIB, "{before} {}", resident());
    is_well(&served).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a327_empty_frames_now_and_then_keep_no_body_open_either() {
    let served = serve().await;
    let (mut write, seen) = connect(served.address).await;
    write.write_all(&frame(HEADERS, END_HEADERS, 1, &head("POST", "/brief"))).await.unwrap();
    for _ in 0..400 {
        if write.write_all(&frame(DATA, 0, 1, &[])).await.is_err()
            || served.overload.in_flight() == 0 && served.handled.count() > 0
        {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    drop(write);
    let seen = timeout(LONG, seen).await.unwrap().unwrap();
    let answered = seen.iter().any(|(kind, stream, payload)| {
        *kind == DATA && *stream == 1 && payload.windows(15).any(|word| word == b"REQUEST_TIMEOUT")
    });
    assert!(is_closed(&seen) || answered, "{:?}", seen.iter().map(|it| it.0).collect::<Vec<_>>());
    assert_eq!(served.handled.count(), 0);
    is_well(&served).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a327_a_chunked_body_of_single_bytes_ends_by_its_pace_over_http_1_too() {
    let served = serve().await;
    let (mut read, mut write) = TcpStream::connect(served.address).await.unwrap().into_split();
    let head = "POST /brief HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    write.write_all(head.as_bytes()).await.unwrap();
    let drip = tokio::spawn(async move {
        // A byte at a time, for three times as long as the route gives it.
        for _ in 0..600 {
            if write.write_all(b"1\r\nx\r\n").await.is_err() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody minded");
    });
    let mut told = vec![0; 1_024];
    let read = timeout(LONG, read.read(&mut told)).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&told[..read]).into_owned();
    assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("REQUEST_TIMEOUT"), "{told}");
    assert_eq!(served.handled.count(), 0);
    drip.abort();
    is_well(&served).await;
}
