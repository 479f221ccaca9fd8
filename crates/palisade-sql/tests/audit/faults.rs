//! Disks that are full, databases that take no writes, and clients that leave.

use crate::{
    entries::{entry, fill, keyed},
    support::{place::Place, until},
};
use palisade_apikey::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers};
use palisade_core::Scope;
use palisade_observe::audit::{
    AuditErrorKind, AuditLog, AuditQuery, Entry, FileAudit, Outcome, Recorder, Sync,
};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use std::{
    env,
    process::{Command, Stdio},
    time::Duration,
};

const MANAGE: Scope = Scope::from_static("manage_users");
const WHERE: &str = "PALISADE_SQL_AUDIT_FILL";

/// Fills what it is given until no more goes in, and says how far it came and what it can still read.
#[tokio::test]
async fn a_role() {
    let Ok(name) = env::var(WHERE) else { return };
    let log: Box<dyn AuditLog> = match name.strip_prefix("lines:") {
        Some(path) => Box::new(FileAudit::open(path, keyed(), Sync::Always).unwrap()),
        None => Box::new(crate::support::server::patient(&name).open().await.unwrap().audit(keyed())),
    };
    // A refusal may make room: what was written beside the file goes into it.
    let (mut last, mut refused) = (0, Vec::new());
    while refused.len() < 3 && last < 20_000 {
        match log.append((0..10).map(entry).collect()).await {
            Ok(link) => {
                last = link.sequence;
                refused.clear();
            }
            Err(error) => refused.push(error.kind()),
        }
    }
    let read = log.page(&AuditQuery::default()).await.map(|page| page.records.len());
    println!("\nacknowledged {last} refused {refused:?} read {read:?}");
}

/// In a process whose files end at a megabyte.
fn fill_up(name: &str) -> u64 {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\""]).arg(env::current_exe().unwrap());
    shell.args(["--exact", "faults::a_role", "--nocapture", "--test-threads=1"]).env(WHERE, name);
    let output = shell.stderr(Stdio::inherit()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let line = said.lines().find(|line| line.starts_with("acknowledged")).unwrap();
    let (last, rest) = line.strip_prefix("acknowledged ").unwrap().split_once(' ').unwrap();
    assert_eq!(rest, "refused [Unavailable, Unavailable, Unavailable] read Ok(50)");
    last.parse().unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a288_a342_a_disk_that_is_full_takes_no_record_and_loses_none() {
    let place = Place::file();
    place.open().await.close().await;
    let last = fill_up(&place.url());
    let log = place.open().await.audit(keyed());
    let found = log.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
    assert!(last > 50 && found.records >= last, "{last} {found:?}");
    // There is room again.
    assert_eq!(log.append([entry(1)].into()).await.unwrap().sequence, found.records + 1);

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let last = fill_up(&format!("lines:{}", path.display()));
    let log = FileAudit::open(&path, keyed(), Sync::Always).unwrap();
    let found = log.verify(None).await.unwrap();
    assert_eq!(found.fault, None);
    assert!(last > 50 && found.records >= last, "{last} {found:?}");
    assert_eq!(log.append([entry(1)].into()).await.unwrap().sequence, found.records + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a341_while_another_process_has_the_file_changes_wait_a_second_and_are_refused() {
    let place = Place::file();
    let log = place.open().await.audit(keyed());
    fill(&log, 0..3).await;
    let recorder = Recorder::builder(log.clone()).build().unwrap();
    let mut other = SqliteConnection::connect(&place.url()).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let refused = recorder.record_entry(Entry::new("config.changed")).await.unwrap_err();
    assert!(refused.to_string().ends_with("within a second"), "{refused}");
    assert_eq!(log.append([entry(3)].into()).await.unwrap_err().kind(), AuditErrorKind::Unavailable);
    assert_eq!(log.page(&AuditQuery::default()).await.unwrap().records.len(), 3);
    other.execute("ROLLBACK").await.unwrap();
    until("the file to take changes again", async || {
        recorder.record_entry(Entry::new("config.changed")).await.is_ok()
    })
    .await;
    assert_eq!(recorder.verify().await.unwrap().fault, None);
}

#[tokio::test]
async fn a338_a_server_that_takes_no_writes_refuses_changes_and_is_read() {
    let Some(place) = Place::server().await else { return };
    fill(&place.open().await.audit(keyed()), 0..3).await;
    let Place::Server(server, database) = &place else { return };
    let only = |on: &str| format!("ALTER DATABASE {database} SET default_transaction_read_only = {on}");
    server.say("postgres", &only("on")).await;
    let log = place.open().await.audit(keyed());
    assert_eq!(log.append([entry(3)].into()).await.unwrap_err().kind(), AuditErrorKind::Unavailable);
    assert_eq!(log.page(&AuditQuery::default()).await.unwrap().records.len(), 3);
    assert_eq!(log.verify(None).await.unwrap().records, 3);
    server.say("postgres", &only("off")).await;
    assert_eq!(place.open().await.audit(keyed()).append([entry(3)].into()).await.unwrap().sequence, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a315_a_client_that_leaves_leaves_no_change_without_its_end() {
    for place in Place::each().await {
        let recorder = Recorder::builder(place.open().await.audit(keyed())).build().unwrap();
        let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
        let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new()).events(recorder.clone());
        let keyring = Keyring::new(&keys, [MANAGE], MANAGE);
        for round in 0..40 {
            let caller = Caller::operator("setup");
            let create = keyring.create(&caller, NewKey::named("build".parse().unwrap()));
            // At a different moment each time; at first before it has begun.
            let _ = tokio::time::timeout(Duration::from_micros(round * 97), create).await;
        }
        let ends = async || {
            let mut query = AuditQuery::default();
            query.limit = 200;
            let page = recorder.page(&query).await.unwrap();
            let count =
                |outcome| page.records.iter().filter(|record| record.entry.outcome == outcome).count();
            (count(Outcome::Begun), count(Outcome::Done), page.records.len())
        };
        until("every change that was begun to be done", async || {
            assert!(recorder.drain(Duration::from_secs(30)).await);
            let (begun, done, _) = ends().await;
            begun == done
        })
        .await;
        let (begun, done, all) = ends().await;
        assert_eq!(begun + done, all);
        assert!(done > 0);
        assert_eq!(recorder.verify().await.unwrap().fault, None);
    }
}
