//! Several processes on one database, some of which are killed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_apikey::{CachedStore, KeyId, KeyRecord, KeyStore as _};
use palisade_sql::SqlStore;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use support::{insert, record, revoke, server, server::patient, times, until};

const ROLE: &str = "PALISADE_SQL_ROLE";
const URL: &str = "PALISADE_SQL_URL";
const KEY: &str = "PALISADE_SQL_KEY";

/// This program once more, in a role.
fn process(role: &str, url: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    play(&mut command, role, url);
    command
}

fn play(command: &mut Command, role: &str, url: &str) {
    command.args(["--exact", "a_role", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(URL, url).stdout(Stdio::piped()).stderr(Stdio::null());
}

/// What the other process does; nothing where this is no other process.
#[tokio::test]
async fn a_role() {
    let (Ok(role), Ok(url)) = (env::var(ROLE), env::var(URL)) else { return };
    let store = patient(&url).open().await.unwrap();
    match role.as_str() {
        "churn" => churn(&store).await,
        "fill" => fill(&store).await,
        "revoke" => {
            let id: KeyId = env::var(KEY).unwrap().parse().unwrap();
            let record = store.get(&id).await.unwrap().unwrap();
            revoke(&store, &record).await;
            println!("\ndone revoke {id}");
        }
        other => panic!("{other} is no role"),
    }
}

async fn churn(store: &SqlStore) {
    // The harness leaves its line open.
    println!();
    loop {
        let record = record();
        println!("begin {}", record.id);
        insert(store, &record).await;
        println!("done create {}", record.id);
        revoke(store, &record).await;
        println!("done revoke {}", record.id);
    }
}

async fn fill(store: &SqlStore) {
    let first = record();
    insert(store, &first).await;
    let refused = async {
        for _ in 0..5_000 {
            if let Err(kind) = support::inserted(store).await {
                return Some(kind);
            }
        }
        None
    };
    let refused = refused.await;
    let found = support::found(store, &first.id).await;
    println!("\nrefused {refused:?} and then {found:?}");
}

/// The lines of a process, to its end.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok)
}

async fn state(store: &SqlStore, id: &str) -> Option<Arc<KeyRecord>> {
    // A record in halves would be an error.
    store.get(&id.parse().unwrap()).await.unwrap()
}

/// Kills a process that creates and revokes keys, and looks what is there.
async fn kill_one(url: &str, wait: Duration) -> usize {
    let mut child = process("churn", url).spawn().unwrap();
    let mut output = lines(&mut child);
    let first = output.by_ref().find(|line| line.starts_with("begin")).unwrap();
    let reading = std::thread::spawn(move || output.collect::<Vec<_>>());
    tokio::time::sleep(wait).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let mut said = vec![first];
    said.extend(reading.join().unwrap());
    let store = patient(url).open().await.unwrap();
    for line in &said {
        // The last line may be half a line.
        let Some(id) = line.split(' ').next_back().filter(|id| id.len() == KeyId::LEN) else { continue };
        let record = state(&store, id).await;
        if line.starts_with("done create") {
            assert!(record.is_some(), "{line}");
        }
        if line.starts_with("done revoke") {
            assert!(record.is_some_and(|record| record.revoked.is_some()), "{line}");
        }
    }
    store.close().await;
    said.len()
}

async fn kill_many(url: &str) {
    let mut said = 0;
    for round in 0..times("PALISADE_SQL_KILLS", 20) {
        // At a different moment each time.
        said += kill_one(url, Duration::from_micros(round as u64 * 7_919 % 60_000)).await;
    }
    assert!(said > 20, "{said}");
}

#[tokio::test]
async fn a345_kills_leave_no_half_of_a_key_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("keys.db").display());
    kill_many(&url).await;
    let mut client = SqliteConnection::connect(&url).await.unwrap();
    let check = sqlx::query("PRAGMA integrity_check").fetch_one(&mut client).await.unwrap();
    assert_eq!(check.get::<String, _>(0), "ok");
}

#[tokio::test]
async fn a345_kills_leave_no_half_of_a_key_on_a_server() {
    let Some(server) = server::shared() else { return };
    let database = server.database().await;
    kill_many(&server.url(&database)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a342_a_disk_that_is_full_stops_writes_and_no_reads() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("keys.db").display());
    // Files of this process end at some hundred kilobytes.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    play(&mut shell, "fill", &url);
    let mut child = shell.spawn().unwrap();
    let said: Vec<_> = lines(&mut child).collect();
    child.wait().unwrap();
    let expected = "refused Some(Unavailable) and then Ok(true)";
    assert!(said.iter().any(|line| line == expected), "{said:?}");
}

/// A key that another process revokes is forgotten here within a second.
async fn revoke_elsewhere(url: &str) {
    let store = patient(url).open().await.unwrap();
    let record = record();
    insert(&store, &record).await;
    // Believes for a minute what it is not told otherwise.
    let cached = CachedStore::new(store).positive_ttl(Duration::from_secs(60));
    until("the record to stay", async || {
        let _ = cached.get(&record.id).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        cached.remembered() == (1, 0)
    })
    .await;
    let mut command = process("revoke", url);
    let mut child = command.env(KEY, record.id.as_str()).spawn().unwrap();
    let mut output = lines(&mut child);
    let said = tokio::task::spawn_blocking(move || output.any(|line| line.starts_with("done revoke")));
    assert!(said.await.unwrap());
    let soon = async {
        while cached.get(&record.id).await.unwrap().unwrap().revoked.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), soon).await.unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_revokes_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    revoke_elsewhere(&format!("sqlite:{}", directory.path().join("keys.db").display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_revokes_on_a_server() {
    let Some(server) = server::shared() else { return };
    let database = server.database().await;
    revoke_elsewhere(&server.url(&database)).await;
}
