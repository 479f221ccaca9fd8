//! Strangers who make up keys, over sockets, while a customer uses a good one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tests::{
    keys::{Fate, Service, format},
    server::{Handled, Server},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

/// How many are made up; a soak run sets another number.
const VARIABLE: &str = "PALISADE_MADE_UP_KEYS";
/// Strangers at once.
const STRANGERS: usize = 8;

/// One request on a connection that stays; its status.
async fn ask(socket: &mut TcpStream, key: &str) -> u16 {
    let request = format!("GET /models HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::with_capacity(1_024);
    loop {
        assert!(socket.read_buf(&mut read).await.unwrap() > 0, "hung up");
        let text = std::str::from_utf8(&read).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse().unwrap() {
            return head[9..12].parse().unwrap();
        }
    }
}

/// Asks so often, and tells the median and the slowest hundredth.
#[allow(clippy::disallowed_methods, reason = "told, and nothing depends on it")]
async fn customer(addr: SocketAddr, key: &str, times: usize) -> (Duration, Duration) {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let mut took = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        assert_eq!(ask(&mut socket, key).await, 200);
        took.push(start.elapsed());
    }
    took.sort_unstable();
    (took[times / 2], took[times * 99 / 100])
}

/// Resident memory in KiB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a076_made_up_keys_ask_the_store_nothing_and_take_no_memory() {
    let count = std::env::var(VARIABLE).map_or(4_000, |count| count.parse().unwrap());
    let service = Service::new();
    let key = service.key(Fate::Good).await;
    let server = Server::serve(service.app.clone(), Handled::default()).await;
    let addr = server.addr;
    let alone = customer(addr, key.expose(), 500).await;
    let (asked, before) = (service.store.asked(), memory());
    let mut strangers = JoinSet::new();
    for _ in 0..STRANGERS {
        strangers.spawn(async move {
            let other = format("the check key of somebody else");
            let mut socket = TcpStream::connect(addr).await.unwrap();
            for _ in 0..count / STRANGERS {
                assert_eq!(ask(&mut socket, other.mint().unwrap().expose()).await, 401);
            }
        });
    }
    #[allow(clippy::disallowed_methods, reason = "sockets know no manual clock")]
    let (mut amid, began) = (alone, Instant::now());
    while !strangers.is_empty() {
        amid = customer(addr, key.expose(), 200).await;
        while let Some(done) = strangers.try_join_next() {
            done.unwrap();
        }
    }
    let (grown, asked) = (memory().saturating_sub(before), service.store.asked() - asked);
    println!(
        "{count} made up: the store was asked {asked} times, {grown} KiB more; a customer waits {alone:?} alone, {amid:?} among them"
    );
    // The customer's record is read anew when its five seconds are over, and its use is written once a minute.
    let passed = usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!(asked <= 2 + passed / 4, "{asked} in {passed} s");
    assert!(grown < 64 * 1_024, "{grown} KiB");
}
