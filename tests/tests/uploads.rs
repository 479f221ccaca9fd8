//! Whoever is refused while sending reads why.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::extract::State;
use palisade::{
    Protected,
    routes::{Routes, post},
};
use serde_json::{Value, json};
use std::{fs, net::SocketAddr, path::Path, process::Command, time::Duration};
use tests::{
    program::{has, node, printed},
    server::{Handled, POOR, TOKEN, WRITE, stack},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

const MEGABYTE: usize = 1_000_000;
const SENT: usize = 20 * MEGABYTE;

/// Every way to refuse a body: path, token, status and code.
const REFUSALS: [(&str, Option<&str>, u16, &str); 6] = [
    ("/closed", None, 401, "AUTHENTICATION_FAILED"),
    ("/closed", Some("nobody-has-this-token-00"), 401, "AUTHENTICATION_FAILED"),
    ("/closed", Some(POOR), 403, "PERMISSION_DENIED"),
    ("/limited", None, 429, "RATE_LIMITED"),
    ("/large", None, 413, "PAYLOAD_TOO_LARGE"),
    ("/nowhere", None, 404, "NOT_FOUND"),
];

async fn taken(State(handled): State<Handled>, _: bytes::Bytes) -> &'static str {
    handled.note();
    "taken"
}

fn app(handled: &Handled) -> Protected {
    let routes = Routes::new()
        .route("/closed", post(taken).requires(WRITE).body_limit(30 * MEGABYTE))
        .route("/limited", post(taken).public().limit("1/hour").body_limit(30 * MEGABYTE))
        .route("/large", post(taken).public().body_limit(10 * MEGABYTE))
        .with_state(handled.clone());
    stack().protect(routes).unwrap()
}

struct Served {
    address: SocketAddr,
    handled: Handled,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// By our own `serve` or by axum's, with the limit used up.
async fn serve(ours: bool) -> Served {
    let handled = Handled::default();
    let app = app(&handled);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        if ours {
            palisade::serve_until(listener, app, std::future::pending()).await.unwrap();
        } else {
            axum::serve(listener, app).await.unwrap();
        }
    });
    let used = tests::socket::exchange(
        address,
        "POST /limited HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(used.await.status, 200);
    assert_eq!(handled.count(), 1);
    Served { address, handled, task }
}

fn code(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    assert!(body["error"]["message"].is_string() && body["error"]["details"] != json!(false));
    body["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a275_curl_reads_why_twenty_megabytes_were_refused_however_it_sends_them() {
    if !has("curl", "curl") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("body");
    fs::write(&file, vec![b' '; SENT]).unwrap();
    for ours in [true, false] {
        let served = serve(ours).await;
        for (path, token, status, expected) in REFUSALS {
            for lines in [&["Expect:", "Transfer-Encoding: chunked"][..], &["Expect:"], &[]] {
                let mut curl = Command::new("curl");
                curl.args([
                    "-sS",
                    "--http1.1",
                    "--noproxy",
                    "*",
                    "--max-time",
                    "60",
                    "-X",
                    "POST",
                    "-w",
                    "\n%{http_code}",
                ]);
                lines.iter().for_each(|line| {
                    curl.args(["-H", line]);
                });
                if let Some(token) = token {
                    curl.args(["-H", &format!("Authorization: Bearer {token}")]);
                }
                curl.arg("-T").arg(&file).arg(format!("http://{}{path}", served.address));
                let text = printed(curl).await;
                let (body, told) = text.rsplit_once('\n').unwrap();
                assert_eq!(
                    (told, code(body)),
                    (&*status.to_string(), expected.to_owned()),
                    "{path} {lines:?}"
                );
            }
        }
        assert_eq!(served.handled.count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a275_fetch_reads_why_twenty_megabytes_were_refused_however_it_sends_them() {
    if !has("node", "nodejs") {
        return;
    }
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/upload.mjs");
    for ours in [true, false] {
        let served = serve(ours).await;
        let (mut calls, mut expected) = (Vec::new(), Vec::new());
        for (path, token, status, code) in REFUSALS {
            for stream in [true, false] {
                let headers = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
                let url = format!("http://{}{path}", served.address);
                calls.push(json!({ "url": url, "headers": headers.unwrap_or(json!({})), "stream": stream }));
                expected.push((status, code.to_owned()));
            }
        }
        let told = node(&program, &json!({ "bytes": SENT, "calls": calls })).await;
        let told: Vec<_> = told.as_array().unwrap().iter().collect();
        let read: Vec<_> = told
            .iter()
            .map(|it| {
                let status = it["status"].as_u64().unwrap_or_else(|| panic!("{it}"));
                (status as u16, code(it["text"].as_str().unwrap()))
            })
            .collect();
        assert_eq!(read, expected);
        assert_eq!(served.handled.count(), 1);
    }
}

/// Reads one answer that has a `Content-Length`, and leaves what follows it.
async fn answer(socket: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(socket.read_u8().await.unwrap());
    }
    let head = String::from_utf8(seen).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    socket.read_exact(&mut body).await.unwrap();
    head + &String::from_utf8(body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_does_not_wait_for_the_body_and_the_connection_goes_on_behind_it() {
    for ours in [true, false] {
        let served = serve(ours).await;
        let mut socket = TcpStream::connect(served.address).await.unwrap();
        let head = format!("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: {SENT}\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        // Not a byte of the body was sent.
        let told = timeout(Duration::from_secs(20), answer(&mut socket)).await.unwrap();
        assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
        socket.write_all(&vec![b' '; SENT]).await.unwrap();
        let next = format!(
            "POST /closed HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 2\r\n\r\nhi"
        );
        socket.write_all(next.as_bytes()).await.unwrap();
        let told = timeout(Duration::from_secs(20), answer(&mut socket)).await.unwrap();
        assert!(told.starts_with("HTTP/1.1 200 ") && told.ends_with("taken"), "{told}");
        assert_eq!(served.handled.count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_on_sending_without_end_is_cut_off() {
    let served = serve(true).await;
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    let head = format!("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 1_u64 << 40);
    socket.write_all(head.as_bytes()).await.unwrap();
    let (chunk, mut sent) = (vec![b' '; 1 << 20], 0_u64);
    let cut = timeout(Duration::from_secs(60), async {
        while socket.write_all(&chunk).await.is_ok() {
            sent += chunk.len() as u64;
        }
    });
    cut.await.unwrap();
    // What the kernels on both sides keep comes on top.
    assert!((palisade::DISCARD - (1 << 20)..palisade::DISCARD + (64 << 20)).contains(&sent), "{sent}");
    assert_eq!(served.handled.count(), 1);
}
