//! How many connections there are, and for how long they may take nothing or ask for nothing.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::body::{Body, Bytes};
use futures_util::stream;
use palisade::{Auth, BoundedListener, Overload, Protected, Routes, Stack, routes::get, serve_until};
use std::{convert::Infallible, future::pending, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};

const LONG: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_millis(500);

struct Served {
    address: SocketAddr,
    overload: Overload,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn endless() -> Body {
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(piece.clone())))
}

/// A stack that can take a hundred requests at a time.
fn app() -> (Protected, Overload) {
    let overload = Overload::new(100).unwrap();
    let routes =
        Routes::new().route("/", get(async || "ok").public()).route("/endless", get(endless).public());
    let stack = Stack::new(Auth::disabled()).in_flight_limit(overload.clone());
    (stack.protect(routes).unwrap(), overload)
}

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// By this crate's server, or by axum's.
async fn serve(
    by_axum: bool,
    bounds: impl FnOnce(BoundedListener<TcpListener>) -> BoundedListener<TcpListener>,
) -> Served {
    let (listener, address) = bind().await;
    let listener = bounds(BoundedListener::new(listener));
    let (app, overload) = app();
    let task = tokio::spawn(async move {
        if by_axum {
            axum::serve(listener, app).await.unwrap();
        } else {
            serve_until(listener, app, pending()).await.unwrap();
        }
    });
    Served { address, overload, task }
}

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Whether an answer comes, and not the end of the connection; `None` where nothing comes for a while.
async fn is_answered(socket: &mut TcpStream, patience: Duration) -> Option<bool> {
    let mut answer = [0; 12];
    let read = timeout(patience, socket.read_exact(&mut answer)).await.ok()?;
    Some(read.is_ok() && answer == *b"HTTP/1.1 200")
}

async fn ask(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // Who is too many may be gone already.
    let _ = socket.write_all(ASK).await;
    socket
}

#[tokio::test]
async fn who_is_too_many_waits_until_a_connection_ends() {
    for by_axum in [false, true] {
        let served = serve(by_axum, |listener| listener.connections(2).unwrap()).await;
        let (mut one, mut two) = (ask(served.address).await, ask(served.address).await);
        assert_eq!(is_answered(&mut one, LONG).await, Some(true));
        assert_eq!(is_answered(&mut two, LONG).await, Some(true));
        let mut three = ask(served.address).await;
        assert_eq!(is_answered(&mut three, SOON).await, None);
        drop(one);
        assert_eq!(is_answered(&mut three, LONG).await, Some(true));
    }
}

#[tokio::test]
async fn one_address_with_too_many_is_turned_away_and_keeps_nobody_waiting() {
    let bounds = |listener: BoundedListener<TcpListener>| {
        listener.connections(3).unwrap().connections_each(1).unwrap()
    };
    for by_axum in [false, true] {
        let served = serve(by_axum, bounds).await;
        let mut one = ask(served.address).await;
        assert_eq!(is_answered(&mut one, LONG).await, Some(true));
        for _ in 0..5 {
            assert_eq!(is_answered(&mut ask(served.address).await, LONG).await, Some(false));
        }
        drop(one);
        // The end of a connection is noticed a moment later.
        for attempt in 0.. {
            if is_answered(&mut ask(served.address).await, LONG).await == Some(true) {
                break;
            }
            assert!(attempt < 200, "its place was not given back");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Asks for more than any buffer holds.
async fn never_reads(socket: &mut (impl AsyncRead + AsyncWrite + Unpin), served: &Overload) {
    socket.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    is_so(|| served.in_flight() == 1, "it never came in").await;
    is_so(|| served.in_flight() == 0, "it is held for ever").await;
}

async fn is_so(is: impl Fn() -> bool, why: &str) {
    for _ in 0..1_000 {
        if is() {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("{why}");
}

#[tokio::test]
async fn a313_a_connection_that_takes_nothing_is_closed() {
    for by_axum in [false, true] {
        let brief =
            |listener: BoundedListener<TcpListener>| listener.write_time(Duration::from_secs(1)).unwrap();
        let served = serve(by_axum, brief).await;
        let mut socket = TcpStream::connect(served.address).await.unwrap();
        never_reads(&mut socket, &served.overload).await;
    }
}

/// A client that reads a little now and then is no such thing.
#[tokio::test]
async fn who_reads_slowly_is_not_cut() {
    let brief = |listener: BoundedListener<TcpListener>| listener.write_time(Duration::from_secs(1)).unwrap();
    let served = serve(false, brief).await;
    let mut socket = TcpStream::connect(served.address).await.unwrap();
    socket.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut piece = vec![0; 1 << 20];
    for _ in 0..12 {
        sleep(Duration::from_millis(250)).await;
        socket.read_exact(&mut piece).await.unwrap();
    }
    assert_eq!(served.overload.in_flight(), 1);
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a313_nor_is_one_over_tls_kept() {
    use palisade::{ServerTls, TlsListener, serve_tls_until};
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use std::sync::Arc;
    use tokio_rustls::{
        TlsConnector,
        rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName},
    };

    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = TlsConnector::from(Arc::new(client));
    for by_axum in [false, true] {
        let tls = ServerTls::pem(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
        let (listener, address) = bind().await;
        let listener = BoundedListener::new(listener).write_time(Duration::from_secs(1)).unwrap();
        let (app, overload) = app();
        let task = tokio::spawn(async move {
            if by_axum {
                axum::serve(TlsListener::new(listener, tls).unwrap(), app).await.unwrap();
            } else {
                serve_tls_until(listener, app, tls, pending()).await.unwrap();
            }
        });
        let served = Served { address, overload, task };
        let socket = TcpStream::connect(served.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut socket = client.connect(name, socket).await.unwrap();
        never_reads(&mut socket, &served.overload).await;
    }
}

/// A connection from this address of the loopback network.
#[cfg(target_os = "linux")]
async fn connect_from(last: u8, to: SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, last], 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

/// How many of them are still open; what was closed is heard of within a moment.
#[cfg(target_os = "linux")]
async fn open(sockets: &[TcpStream]) -> usize {
    sleep(SOON).await;
    let is_open = |socket: &&TcpStream| {
        let read = socket.try_read(&mut [0; 1]);
        read.is_err_and(|fault| fault.kind() == std::io::ErrorKind::WouldBlock)
    };
    sockets.iter().filter(is_open).count()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_connections_some_addresses_open_there_is_room_for_another() {
    for by_axum in [false, true] {
        let served = serve(by_axum, |listener| listener.connections(200).unwrap()).await;
        let mut held = Vec::new();
        for (last, most) in [(1, 100), (2, 50), (3, 25)] {
            let mut sockets = Vec::new();
            for _ in 0..150 {
                sockets.push(connect_from(last, served.address).await);
            }
            let open = open(&sockets).await;
            assert!(open <= most && open + 2 >= most, "{by_axum} {last}: {open}");
            held.push(sockets);
        }
        let mut other = connect_from(4, served.address).await;
        other.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        timeout(LONG, other.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        drop(held);
    }
}

/// A proxy is one address for all who come through it.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_a_trusted_proxy_are_not_counted() {
    use palisade::{ClientIp, ProxyHeader, TrustedProxies};
    for explicit in [false, true] {
        let proxies = TrustedProxies::parse(["127.0.0.2"]).unwrap();
        let client_ip = ClientIp::behind(proxies, ProxyHeader::XForwardedFor);
        let routes = Routes::new().route("/", get(async || "ok").public());
        let app = Stack::new(Auth::disabled()).client_ip(client_ip).protect(routes).unwrap();
        let (listener, address) = bind().await;
        let listener = BoundedListener::new(listener).connections(50).unwrap();
        let listener = if explicit { listener.connections_each(10).unwrap() } else { listener };
        let task = tokio::spawn(serve_until(listener, app, pending()));
        let mut sockets = [Vec::new(), Vec::new()];
        for (sockets, last) in sockets.iter_mut().zip([2, 3]) {
            for _ in 0..30 {
                sockets.push(connect_from(last, address).await);
            }
        }
        let [proxy, client] = sockets;
        assert_eq!((open(&proxy).await, open(&client).await), (30, 10), "{explicit}");
        task.abort();
    }
}
