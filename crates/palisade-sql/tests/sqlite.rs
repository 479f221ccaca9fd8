//! Keys in a file: the law, private files, migrations, and other processes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_apikey::{KeyQuery, KeyStore as _, StoreErrorKind};
use palisade_sql::{OpenErrorKind, SqlStore};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{
    fs,
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    time::Duration,
};
use support::{Notes, found, insert, inserted, record, revoke, server::patient, until};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn url(directory: &TempDir) -> String {
    format!("sqlite:{}", directory.path().join("data/keys.db").display())
}

async fn open(directory: &TempDir) -> SqlStore {
    patient(&url(directory)).open().await.unwrap()
}

/// As another process would.
async fn other(directory: &TempDir) -> SqliteConnection {
    SqliteConnection::connect(&url(directory)).await.unwrap()
}

mod law {
    use super::support::with::With;
    use palisade_sql::SqlStore;
    use tempfile::TempDir;

    async fn store() -> With<SqlStore, TempDir> {
        let directory = super::directory();
        With(super::open(&directory).await, directory)
    }

    palisade_apikey::suite!(store, tokio::test);
}

#[cfg(unix)]
#[tokio::test]
async fn a343_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let directory = directory();
    let data = directory.path().join("data");
    let store = open(&directory).await;
    insert(&store, &record()).await;
    assert_eq!(mode(&data), 0o700);
    for name in ["keys.db", "keys.db-wal", "keys.db-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    store.close().await;
    // One that was open to others is closed to them.
    fs::set_permissions(data.join("keys.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let store = open(&directory).await;
    assert_eq!(mode(&data.join("keys.db")), 0o600);
    store.close().await;
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let directory = directory();
    let (store, record) = (open(&directory).await, record());
    insert(&store, &record).await;
    store.close().await;
    assert_eq!(found(&store, &record.id).await, Err(StoreErrorKind::Unavailable));
    assert_eq!(found(&open(&directory).await, &record.id).await, Ok(true));
    let mut other = other(&directory).await;
    let pragma = async |name| sqlx::query(name).fetch_one(&mut other).await.unwrap().get::<String, _>(0);
    let mut pragma = pragma;
    assert_eq!(pragma("PRAGMA journal_mode").await, "wal");
    assert_eq!(pragma("PRAGMA integrity_check").await, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a344_many_migrate_at_once() {
    for _ in 0..5 {
        let directory = directory();
        let opening: Vec<_> = (0..6).map(|_| tokio::spawn(patient(&url(&directory)).open())).collect();
        let (record, mut stores) = (record(), Vec::new());
        for opened in opening {
            stores.push(opened.await.unwrap().unwrap());
        }
        insert(&stores[0], &record).await;
        for store in &stores {
            assert_eq!(found(store, &record.id).await, Ok(true));
        }
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let directory = directory();
    open(&directory).await.close().await;
    sqlx::query("INSERT INTO palisade_schema (version) VALUES (99)")
        .execute(&mut other(&directory).await)
        .await
        .unwrap();
    let error = SqlStore::open(&url(&directory)).await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Newer);
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_without_the_url() {
    let directory = directory();
    fs::write(directory.path().join("data"), "a file where a directory should be").unwrap();
    let error = SqlStore::open(&url(&directory)).await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::File);
    fs::remove_file(directory.path().join("data")).unwrap();
    fs::create_dir(directory.path().join("data")).unwrap();
    fs::write(directory.path().join("data/keys.db"), "this is no database, but text".repeat(500)).unwrap();
    let error = SqlStore::open(&url(&directory)).await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Database);
    assert!(!format!("{error:?}").contains("keys.db"));
    let check = async |builder: palisade_sql::SqlStoreBuilder, expected| {
        assert_eq!(builder.open().await.unwrap_err().kind(), expected);
    };
    let builder = || SqlStore::builder(&url(&directory));
    check(builder().connections(0), OpenErrorKind::Connections).await;
    check(builder().acquire_timeout(Duration::from_secs(3)), OpenErrorKind::AcquireTimeout).await;
    check(builder().query_timeout(Duration::ZERO), OpenErrorKind::QueryTimeout).await;
    check(SqlStore::builder("sqlite::memory:"), OpenErrorKind::InMemory).await;
}

#[tokio::test]
async fn a341_a_writer_elsewhere_stops_writes_for_two_seconds_and_no_reads() {
    let directory = directory();
    let (store, record) = (open(&directory).await, record());
    insert(&store, &record).await;
    let mut other = other(&directory).await;
    let lock = other.begin_with("BEGIN EXCLUSIVE").await.unwrap();
    let writing = inserted(&store);
    let reading = async {
        for _ in 0..100 {
            assert_eq!(found(&store, &record.id).await, Ok(true));
        }
    };
    assert_eq!(tokio::join!(writing, reading).0, Err(StoreErrorKind::Unavailable));
    drop(lock.rollback().await);
    assert_eq!(inserted(&store).await, Ok(()));
}

#[tokio::test]
async fn a342_what_may_only_be_read_is_read() {
    let directory = directory();
    let (store, record) = (open(&directory).await, record());
    insert(&store, &record).await;
    let reader = SqlStore::open(&format!("{}?mode=ro", url(&directory))).await.unwrap();
    assert_eq!(found(&reader, &record.id).await, Ok(true));
    assert_eq!(inserted(&reader).await, Err(StoreErrorKind::Unavailable));
    assert!(reader.ready().await.is_ok());
    // Nothing is made where nothing may be written.
    let missing = format!("sqlite:{}?mode=ro", directory.path().join("none.db").display());
    assert_eq!(SqlStore::open(&missing).await.unwrap_err().kind(), OpenErrorKind::Database);
}

#[tokio::test]
async fn a342_damaged_pages_are_an_error() {
    let directory = directory();
    let store = open(&directory).await;
    let records: Vec<_> = (0..200).map(|_| record()).collect();
    for record in &records {
        insert(&store, record).await;
    }
    store.close().await;
    let path = directory.path().join("data/keys.db");
    let length = fs::metadata(&path).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    // Everything but the page that says what there is.
    file.seek(SeekFrom::Start(4_096)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length).unwrap() - 4_096]).unwrap();
    drop(file);
    match patient(&url(&directory)).open().await {
        Err(error) => assert_eq!(error.kind(), OpenErrorKind::Database),
        Ok(store) => {
            for record in &records {
                assert_eq!(found(&store, &record.id).await, Err(StoreErrorKind::Corrupt));
            }
            assert!(store.list(&KeyQuery::default()).await.is_err());
        }
    }
}

#[tokio::test]
async fn a342_damage_that_comes_later_is_an_error() {
    let directory = directory();
    let store = open(&directory).await;
    let record = record();
    insert(&store, &record).await;
    let mut other = other(&directory).await;
    let wrong = [
        "UPDATE palisade_keys SET document = 'no JSON'",
        "UPDATE palisade_keys SET document = '{}'",
        "UPDATE palisade_keys SET document = '[1]'",
    ];
    for statement in wrong {
        sqlx::query(statement).execute(&mut other).await.unwrap();
        assert_eq!(found(&store, &record.id).await, Err(StoreErrorKind::Corrupt), "{statement}");
    }
}

#[tokio::test]
async fn a_row_that_was_revoked_by_hand_is_refused() {
    let directory = directory();
    let (store, record) = (open(&directory).await, record());
    insert(&store, &record).await;
    let mut other = other(&directory).await;
    for statement in [
        "UPDATE palisade_keys SET revoked = 1",
        "UPDATE palisade_keys SET revoked = NULL, version = 7",
        "UPDATE palisade_keys SET version = 1, last_used = -1",
        "UPDATE palisade_keys SET last_used = NULL, id = 'aaaaaaaaaaaa'",
    ] {
        sqlx::query(statement).execute(&mut other).await.unwrap();
        let id = if statement.contains("id =") { "aaaaaaaaaaaa".parse().unwrap() } else { record.id };
        assert_eq!(found(&store, &id).await, Err(StoreErrorKind::Corrupt), "{statement}");
    }
}

#[tokio::test]
async fn another_process_is_heard_of() {
    let directory = directory();
    let (here, there, record) = (open(&directory).await, open(&directory).await, record());
    insert(&there, &record).await;
    let notes = Notes::of(&here);
    until("what was missed before", async || notes.missed() > 0).await;
    let before = notes.missed();
    here.touch(&record.id, palisade_core::UnixTime::from_secs(5)).await.unwrap();
    insert(&here, &support::record()).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(notes.missed(), before);
    revoke(&there, &record).await;
    until("the change", async || notes.missed() > before).await;
}
