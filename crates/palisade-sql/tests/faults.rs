//! What happens when the server fails, and afterwards.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_apikey::{CachedStore, KeyStore as _, StoreErrorKind};
use palisade_core::{Clock, ManualClock, UnixTime};
use palisade_sql::SqlStore;
use std::{sync::Arc, time::Duration};
use support::{
    Notes, found, insert, inserted,
    proxy::{Proxy, SWALLOW},
    record,
    server::{self, Server, patient},
    times, until,
};

const UNAVAILABLE: StoreErrorKind = StoreErrorKind::Unavailable;

async fn behind_a_wire(most: u32) -> Option<(Arc<Server>, Proxy, SqlStore, String)> {
    let server = server::shared()?;
    let database = server.database().await;
    let proxy = Proxy::to(server.port()).await;
    let store = patient(&format!("postgres://palisade:secret@{}/{database}", proxy.authority()))
        .connections(most)
        .open()
        .await
        .unwrap();
    Some((server, proxy, store, database))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a335_a_server_that_is_down_is_503_after_the_caches_time() {
    let Some(mut server) = Server::start() else { return };
    let time = ManualClock::new(UnixTime::from_secs(1_700_000_000));
    let store = patient(&server.url("postgres")).open().await.unwrap();
    let cached = CachedStore::new(store.clone()).clock(Clock::manual(&time));
    let notes = Notes::of(&store);
    server.hears("postgres", &notes).await;
    let (known, other) = (record(), record());
    insert(&store, &known).await;
    insert(&store, &other).await;
    assert_eq!(found(&cached, &known.id).await, Ok(true));
    server.kill();
    // What is known is believed until its time is over; nothing else is.
    assert_eq!(found(&cached, &other.id).await, Err(UNAVAILABLE));
    assert_eq!(found(&cached, &known.id).await, Ok(true));
    time.advance(Duration::from_secs(5));
    assert_eq!(found(&cached, &known.id).await, Err(UNAVAILABLE));
    assert_eq!(inserted(&cached).await, Err(UNAVAILABLE));
    assert!(store.ready().await.is_err());
    let before = notes.missed();
    server.start_again();
    let back = async {
        while found(&cached, &known.id).await != Ok(true) || inserted(&store).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), back).await.unwrap();
    assert!(store.ready().await.is_ok());
    // What was changed meanwhile may have been missed.
    until("hearing of changes again", async || notes.missed() > before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a335_a_server_that_is_down_at_the_start_is_waited_for() {
    let Some(mut server) = Server::start() else { return };
    let url = server.url("postgres");
    server.kill();
    assert!(patient(&url).open().await.is_err());
    let store = patient(&url).start_without_server().open().await.unwrap();
    assert!(store.ready().await.is_err());
    assert_eq!(found(&store, &record().id).await, Err(UNAVAILABLE));
    assert_eq!(inserted(&store).await, Err(UNAVAILABLE));
    server.start_again();
    until("the server", async || store.ready().await.is_ok()).await;
    assert_eq!(inserted(&store).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a336_a_slow_server_is_given_up_in_time() {
    let Some((server, proxy, store, database)) = behind_a_wire(4).await else { return };
    let record = record();
    insert(&store, &record).await;
    drop(store);
    let short = Duration::from_millis(200);
    let store = patient(&format!("postgres://palisade:secret@{}/{database}", proxy.authority()))
        .connections(4)
        .query_timeout(short)
        .open()
        .await
        .unwrap();
    for delay in [Duration::from_secs(5), SWALLOW] {
        proxy.delay(delay);
        let asking: Vec<_> = (0..50).map(|_| store.get(&record.id)).collect();
        assert!(store.connections() <= 4);
        // None waits longer than for a connection and an answer.
        let all = async {
            for asked in asking {
                assert_eq!(asked.await.unwrap_err().kind(), UNAVAILABLE);
                assert!(store.connections() <= 4);
            }
        };
        tokio::time::timeout(Duration::from_secs(4), all).await.unwrap();
        proxy.delay(Duration::ZERO);
        let back = async {
            while found(&store, &record.id).await != Ok(true) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), back).await.unwrap();
    }
    drop((store, server));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a337_a_read_whose_connection_breaks_is_asked_once_more() {
    let Some((_server, proxy, store, _)) = behind_a_wire(3).await else { return };
    let record = record();
    insert(&store, &record).await;
    for _ in 0..5 {
        proxy.delay(Duration::from_millis(150));
        let reading = store.get(&record.id);
        tokio::time::sleep(Duration::from_millis(50)).await;
        proxy.delay(Duration::ZERO);
        proxy.cut();
        assert!(reading.await.unwrap().is_some());
    }
    // Idle ones that were cut are noticed before they are used.
    proxy.cut();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(found(&store, &record.id).await, Ok(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a337_a_write_whose_connection_breaks_is_not_repeated() {
    let Some((server, proxy, store, database)) = behind_a_wire(3).await else { return };
    let record = record();
    assert!(store.ready().await.is_ok());
    proxy.delay(Duration::from_millis(300));
    let writing = store.write(vec![palisade_apikey::Change::Insert(record.clone())]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    proxy.cut();
    proxy.delay(Duration::ZERO);
    assert_eq!(writing.await.unwrap_err().kind(), UNAVAILABLE);
    assert_eq!(server.number(&database, "SELECT COUNT(*) FROM palisade_keys").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a338_a_server_that_only_reads_stops_writes_and_no_reads() {
    let Some((server, _proxy, store, database)) = behind_a_wire(3).await else { return };
    let record = record();
    insert(&store, &record).await;
    server.say(&database, &format!("ALTER DATABASE {database} SET default_transaction_read_only = on")).await;
    let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    server.say(&database, all).await;
    // 57P01 reads on at once.
    assert_eq!(found(&store, &record.id).await, Ok(true));
    assert_eq!(inserted(&store).await, Err(UNAVAILABLE));
    assert_eq!(found(&store, &record.id).await, Ok(true));
    // The database itself may not be written any more, so another one is asked.
    let off = format!("ALTER DATABASE {database} RESET default_transaction_read_only");
    server.say("postgres", &off).await;
    server.say(&database, all).await;
    until("writes", async || inserted(&store).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a338_a_server_that_moved_is_found() {
    let (Some(old), Some(new)) = (Server::start(), Server::start()) else { return };
    let proxy = Proxy::to(old.port()).await;
    let store =
        patient(&format!("postgres://palisade:secret@{}/postgres", proxy.authority())).open().await.unwrap();
    let record = record();
    let there = patient(&new.url("postgres")).open().await.unwrap();
    insert(&there, &record).await;
    let notes = Notes::of(&store);
    old.hears("postgres", &notes).await;
    assert_eq!(found(&store, &record.id).await, Ok(false));
    let before = notes.missed();
    proxy.target(new.port());
    drop(old);
    let moved = async {
        while found(&store, &record.id).await != Ok(true) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), moved).await.unwrap();
    until("hearing of changes again", async || notes.missed() > before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a340_clients_that_leave_cost_no_connection() {
    let Some((server, _proxy, store, database)) = behind_a_wire(4).await else { return };
    let record = record();
    insert(&store, &record).await;
    for nth in 0..times("PALISADE_SQL_DISCONNECTS", 600) {
        let asking = tokio::spawn({
            let (store, id) = (store.clone(), record.id);
            async move {
                if nth % 3 == 0 {
                    let _ = inserted(&store).await;
                } else {
                    let _ = found(&store, &id).await;
                }
            }
        });
        if nth % 2 == 0 {
            tokio::time::sleep(Duration::from_micros(nth as u64 % 7 * 300)).await;
        }
        asking.abort();
        assert!(store.connections() <= 4);
    }
    until("an answer", async || found(&store, &record.id).await == Ok(true)).await;
    let here = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE state <> 'idle' AND";
    until("transactions to end", async || server.number(&database, &format!("{open} {here}")).await == 0)
        .await;
    let all = server.number(&database, &format!("SELECT COUNT(*) FROM pg_stat_activity WHERE {here}")).await;
    // One of them hears of changes.
    assert!((1..=5).contains(&all), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_store_that_was_dropped() {
    let Some((server, proxy, store, database)) = behind_a_wire(4).await else { return };
    assert_eq!(inserted(&store).await, Ok(()));
    drop(store);
    until("connections to end", async || proxy.open() == 0).await;
    let all = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("the server to notice", async || server.number(&database, all).await == 0).await;
}
