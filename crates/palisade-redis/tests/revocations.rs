//! Revocations, against real servers.
#![cfg(feature = "jwt")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests; one measures a least time"
)]

mod support;

use palisade_core::{Clock, Event, Moment, Reply, UnixTime};
use palisade_jwt::{MemoryRevocations, Revocation, Revocations, StoreError, StoreErrorKind, TokenMarks};
use palisade_redis::{RedisRevocations, RedisStore};
use std::{
    net::TcpListener,
    path::PathBuf,
    time::{Duration, Instant},
};
use support::{
    Told,
    fake::Fake,
    proxy::{Proxy, SWALLOW},
    server::{self, Server},
    until,
};

/// A store and the server behind it. Without a server the law is tried on the store in memory, after a note that it
/// was not tried on this one.
#[derive(Debug)]
struct Hosted {
    store: Box<dyn Revocations>,
    _server: Option<Server>,
}

impl Revocations for Hosted {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        self.store.revoke(revocation, now)
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        self.store.revoked(token)
    }
}

/// This is about what is decided, on a machine that may be busy, not about how soon.
fn patient(url: &str, told: &Told) -> RedisRevocations {
    RedisStore::builder(url)
        .operation_timeout(Duration::from_millis(250))
        .events(told.clone())
        .build_revocations()
        .unwrap()
}

fn on(program: Option<PathBuf>) -> Hosted {
    let Some(program) = program else {
        return Hosted { store: Box::new(MemoryRevocations::new()), _server: None };
    };
    let server = Server::start(&program, &[]);
    let store = patient(&server.url(), &Told::default());
    Hosted { store: Box::new(store), _server: Some(server) }
}

mod redis_server {
    palisade_jwt::revocations_suite!(async || super::on(super::server::redis()), tokio::test);
}

mod valkey_server {
    palisade_jwt::revocations_suite!(async || super::on(super::server::valkey()), tokio::test);
}

const ISSUER: &str = "https://api.example";
const SECOND: u64 = 1_000_000_000;

fn now() -> Moment {
    Clock::system().now()
}

fn logout(jti: &str, seconds: u64) -> Revocation {
    Revocation::token(ISSUER, jti, now().wall.plus_nanos(seconds * SECOND))
}

fn marks(jti: &str) -> TokenMarks {
    TokenMarks::of(ISSUER, Some("ada"), Some(jti), Some(now().wall))
}

#[tokio::test]
async fn a133_other_nodes_hear_of_it_on_the_next_request_and_a_restarted_node_remembers() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let (here, there) = (patient(&server.url(), &Told::default()), patient(&server.url(), &Told::default()));
    assert!(here.is_shared());
    assert!(!there.revoked(&marks("a")).await.unwrap());
    here.revoke(&logout("a", 1_800), now()).await.unwrap();
    assert!(there.revoked(&marks("a")).await.unwrap());
    drop((here, there));
    assert!(patient(&server.url(), &Told::default()).revoked(&marks("a")).await.unwrap());
}

#[tokio::test]
async fn a133_a_key_lives_as_long_as_its_token_and_the_leeway() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let store = patient(&server.url(), &Told::default());
    let left = |key: &str| -> i64 { server.command(&["PTTL", key]) };
    let name = |revocation: &Revocation| format!("rv:{}", revocation.key().to_hex());
    let (short, long) = (logout("a", 1_800), logout("a", 7_200));
    for (revocation, seconds) in [(&short, 1_800), (&long, 7_200), (&short, 7_200)] {
        store.revoke(revocation, now()).await.unwrap();
        let left = left(&name(revocation));
        // Expiry, leeway, and a second for clocks; a busy machine may be a while late.
        let longest = (seconds + 300 + 1) * 1_000;
        assert!(left > longest - 60_000 && left <= longest + 1_000, "{left}");
    }
    // By a clock of ours that is wrong, the time that is left is still right.
    let wrong = Moment { wall: UnixTime::from_secs(1_000), ..now() };
    let revocation = Revocation::token(ISSUER, "b", UnixTime::from_secs(1_100));
    store.revoke(&revocation, wrong).await.unwrap();
    assert!((340_000..=401_000).contains(&left(&name(&revocation))));
    // Nothing is ever without an end.
    let far = Revocation::token(ISSUER, "c", UnixTime::from_nanos(u64::MAX));
    store.revoke(&far, now()).await.unwrap();
    assert!(left(&name(&far)) > 0);
    let keys: Vec<String> = server.command(&["KEYS", "*"]);
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| left(key) > 0 && !key.contains("ada")));
}

async fn is_error(store: &RedisRevocations, expected: StoreErrorKind) {
    assert_eq!(store.revoked(&marks("a")).await.unwrap_err().kind(), expected);
    assert_eq!(store.revoke(&logout("a", 60), now()).await.unwrap_err().kind(), expected);
}

#[tokio::test]
async fn a_server_that_is_down_cannot_be_told_anything_and_is_left_alone_until_it_is_back() {
    let Some(program) = server::redis() else { return };
    let mut server = Server::start(&program, &[]);
    let told = Told::default();
    let store = patient(&server.url(), &told);
    store.revoke(&logout("a", 60), now()).await.unwrap();
    server.kill();
    for _ in 0..6 {
        is_error(&store, StoreErrorKind::Unavailable).await;
    }
    assert_eq!(told.count(|event| matches!(event, Event::RevocationsDegraded { .. })), 1);
    server.start_again();
    until("the server to be asked again", async || store.revoked(&marks("a")).await.is_ok()).await;
    assert_eq!(told.count(|event| matches!(event, Event::RevocationsRestored { .. })), 1);
    // It kept nothing, which is why it must be told to.
    assert!(!store.revoked(&marks("a")).await.unwrap());
    // Nothing to ask about needs no server.
    server.kill();
    assert!(!store.revoked(&TokenMarks::of(ISSUER, None, None, None)).await.unwrap());
}

#[tokio::test]
async fn answers_that_come_too_late_are_none_and_reach_nobody_else() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let proxy = Proxy::to(server.port()).await;
    let store = patient(&format!("redis://{}", proxy.authority()), &Told::default());
    store.revoke(&logout("a", 60), now()).await.unwrap();
    proxy.delay(SWALLOW);
    is_error(&store, StoreErrorKind::Unavailable).await;
    proxy.delay(Duration::ZERO);
    until("a new connection", async || store.revoked(&marks("a")).await.is_ok()).await;
    assert!(store.revoked(&marks("a")).await.unwrap());
    assert!(!store.revoked(&marks("b")).await.unwrap());
}

#[tokio::test]
async fn what_is_none_of_ours_is_an_error_and_is_not_written_over() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let store = patient(&server.url(), &Told::default());
    let name = format!("rv:{}", logout("a", 60).key().to_hex());
    for value in ["", "1", "nonsense", "0000000000000000000x", "000000000000000000001"] {
        let _: String = server.command(&["SET", &name, value]);
        is_error(&store, StoreErrorKind::Corrupt).await;
    }
    let _: i64 = server.command(&["DEL", &name]);
    let _: i64 = server.command(&["LPUSH", &name, "x"]);
    is_error(&store, StoreErrorKind::Unavailable).await;
    // Others are well.
    assert!(!store.revoked(&marks("b")).await.unwrap());
}

#[tokio::test]
async fn a226_answers_to_other_calls_and_nonsense_are_no_answers() {
    let fake = Fake::start().await;
    for (reply, expected) in [
        ("+OK\r\n", StoreErrorKind::Corrupt),
        ("$-1\r\n", StoreErrorKind::Corrupt),
        ("*2\r\n:9007199254740991\r\n$0\r\n\r\n", StoreErrorKind::Corrupt),
        ("*1\r\n:1\r\n", StoreErrorKind::Corrupt),
        ("-READONLY You can't write against a read only replica.\r\n", StoreErrorKind::Unavailable),
        ("-OOM command not allowed when used memory > 'maxmemory'.\r\n", StoreErrorKind::Full),
    ] {
        fake.says(reply);
        is_error(&patient(&fake.url(), &Told::default()), expected).await;
    }
}

#[tokio::test]
async fn revocations_in_redis_have_50_ms() {
    // Accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let store = RedisStore::builder(url).build_revocations().unwrap();
    let start = Instant::now();
    assert!(store.revoked(&marks("a")).await.is_err());
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert!(format!("{store:?}").starts_with("RedisRevocations"));
}
