//! A server that answers nonsense.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_apikey::StoreErrorKind;
use palisade_sql::OpenErrorKind;
use std::time::Duration;
use support::{
    found, insert, inserted,
    proxy::Proxy,
    record,
    server::{self, patient},
    until,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// AuthenticationOk and ReadyForQuery.
const WELCOME: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

async fn serve(mut client: TcpStream, welcome: &'static [u8], answer: &'static [u8]) {
    let mut buffer = vec![0; 4_096];
    let mut reply = welcome;
    while let Ok(1..) = client.read(&mut buffer).await {
        // The wish for TLS is declined.
        if buffer.starts_with(&[0, 0, 0, 8, 4, 210, 22, 47]) {
            let _ = client.write_all(b"N").await;
            buffer.fill(0);
            continue;
        }
        if client.write_all(reply).await.is_err() {
            return;
        }
        reply = answer;
    }
}

async fn start(welcome: &'static [u8], answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, welcome, answer));
        }
    });
    port
}

/// What a server may say after it was asked something.
const NONSENSE: &[&[u8]] = &[
    b"",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"1\0\0\0\x04t\0\0\0\x06\0\0T\xff\xff\xff\xff",
    // A length that is less than its own: the driver breaks over it, in a task that nobody hangs on.
    b"D\0\0\0\0",
    b"D\0\0\0\x06\xff\xff",
    b"E\0\0\0\x04",
    b"Z\0\0\0\x04",
    b"1\0\0\0\x04t\0\0\0\x06\0\0n\0\0\0\x042\0\0\0\x04C\0\0\0\x0dSELECT 0\0Z\0\0\0\x05X",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a339_nonsense_opens_nothing() {
    let check = async |welcome, answer| {
        let url = format!("postgres://palisade@127.0.0.1:{}/keys", start(welcome, answer).await);
        let opening = tokio::time::timeout(Duration::from_secs(10), patient(&url).open());
        assert_eq!(opening.await.unwrap().unwrap_err().kind(), OpenErrorKind::Database, "{answer:?}");
    };
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", b"").await;
    check(b"R\0\0\0\x08\0\0\0\x63", b"").await;
    check(b"E\0\0\0\x05\0", b"").await;
    for answer in NONSENSE {
        check(WELCOME, answer).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a339_nonsense_is_an_error_for_whoever_asks_and_passes() {
    let Some(server) = server::shared() else { return };
    let database = server.database().await;
    let proxy = Proxy::to(server.port()).await;
    let short = Duration::from_millis(300);
    let store = patient(&format!("postgres://palisade:secret@{}/{database}", proxy.authority()))
        .acquire_timeout(short)
        .query_timeout(short)
        .open()
        .await
        .unwrap();
    let record = record();
    insert(&store, &record).await;
    for answer in NONSENSE {
        proxy.target(start(WELCOME, answer).await);
        proxy.cut();
        for _ in 0..3 {
            let kind = found(&store, &record.id).await.unwrap_err();
            assert!(matches!(kind, StoreErrorKind::Unavailable | StoreErrorKind::Corrupt), "{answer:?}");
        }
        assert!(inserted(&store).await.is_err());
    }
    proxy.target(server.port());
    proxy.cut();
    until("the server", async || found(&store, &record.id).await == Ok(true)).await;
}
