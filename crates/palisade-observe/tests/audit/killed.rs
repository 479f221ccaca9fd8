//! Processes that are killed while they append.

use crate::support::{entries, keyed, open, place};
use palisade_observe::audit::{AuditErrorKind, AuditLog, FileAudit, Sync};
use std::{
    env,
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

const PATH: &str = "PALISADE_TEST_AUDIT_PATH";
const MODE: &str = "PALISADE_TEST_AUDIT_SYNC";

/// What the child does: appends for as long as it lives, and says what was acknowledged.
#[tokio::test]
async fn child() {
    let Ok(path) = env::var(PATH) else { return };
    let sync = if env::var(MODE).is_ok() { Sync::Every(Duration::from_millis(5)) } else { Sync::Always };
    let log = FileAudit::open(&path, keyed(), sync).unwrap();
    let mut out = std::io::stdout();
    loop {
        let head = log.append(entries(0..50)).await.unwrap();
        writeln!(out, "acknowledged {}", head.sequence).unwrap();
        out.flush().unwrap();
    }
}

/// Kills a child once it has acknowledged `more` records; the last one that it told of.
fn kill_after(path: &Path, lazily: bool, more: u64, before: u64) -> u64 {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "killed::child", "--nocapture"]).env(PATH, path);
    if lazily {
        command.env(MODE, "1");
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = before;
    for line in lines.by_ref() {
        if let Some(acknowledged) = line.unwrap().strip_prefix("acknowledged ") {
            last = acknowledged.parse().unwrap();
        }
        if last >= before + more {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died.
    let said = lines.filter_map(|line| line.ok()?.strip_prefix("acknowledged ")?.parse().ok());
    said.last().unwrap_or(last)
}

/// 10,000 records and 10 kills; a soak run sets other numbers.
fn number(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |number| number.parse().unwrap())
}

async fn many(lazily: bool) {
    let (records, kills) = (number("PALISADE_AUDIT_RECORDS", 10_000), number("PALISADE_AUDIT_KILLS", 10));
    let (_directory, path) = place();
    let mut acknowledged = 0;
    for _ in 0..kills {
        acknowledged = kill_after(&path, lazily, records / kills, acknowledged);
        let log = open(&path).unwrap();
        let found = log.verify(None).await.unwrap();
        assert_eq!(found.fault, None);
        assert!(found.records >= acknowledged, "{} of {acknowledged}", found.records);
        acknowledged = found.records;
    }
    assert!(acknowledged >= records);
}

#[tokio::test]
async fn a287_many_records_survive_kills_without_a_gap() {
    many(false).await;
}

#[tokio::test]
async fn a287_many_records_survive_kills_when_the_disk_is_told_later() {
    many(true).await;
}

#[tokio::test]
async fn a_line_that_is_torn_anywhere_is_taken_away_and_nothing_else() {
    let (_directory, path) = place();
    let log = open(&path).unwrap();
    log.append(entries(0..3)).await.unwrap();
    let before = fs::read(&path).unwrap();
    log.append(entries(3..4)).await.unwrap();
    drop(log);
    let after = fs::read(&path).unwrap();
    let head = fs::read(path.with_extension("jsonl.head")).unwrap();
    for torn in [1, 5, 70, 100, after.len() - before.len() - 1] {
        let (_directory, path) = place();
        // The head was marked when three records were there.
        fs::write(
            path.with_extension("jsonl.head"),
            keyed().mark(palisade_observe::audit::Mark::Head, &last(&before)),
        )
        .unwrap();
        fs::write(&path, &after[..before.len() + torn]).unwrap();
        let log = open(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(log.append(entries(3..5)).await.unwrap().sequence, 5);
        assert_eq!(log.verify(None).await.unwrap().fault, None);
    }
    // Where the fourth was acknowledged, its loss is no tear.
    fs::write(path.with_extension("jsonl.head"), head).unwrap();
    fs::write(&path, &after[..after.len() - 1]).unwrap();
    assert_eq!(open(&path).unwrap_err().kind(), AuditErrorKind::Tampered);
}

fn last(file: &[u8]) -> palisade_observe::audit::Link {
    let text = std::str::from_utf8(file).unwrap();
    let (hash, body) = text
        .lines()
        .last()
        .unwrap()
        .strip_prefix("{\"hash\":\"")
        .unwrap()
        .split_once("\",\"record\":")
        .unwrap();
    palisade_observe::audit::Sealed::read(body.strip_suffix('}').unwrap().to_owned(), hash).unwrap().link
}

#[tokio::test]
async fn one_process_writes_and_another_is_told_so() {
    let (_directory, path) = place();
    let log = open(&path).unwrap();
    assert_eq!(open(&path).unwrap_err().kind(), AuditErrorKind::Locked);
    drop(log);
    open(&path).unwrap();
    // The end of a file that somebody else appended to is not ours.
    writeln!(OpenOptions::new().append(true).open(&path).unwrap(), "nonsense").unwrap();
    assert_eq!(open(&path).unwrap_err().kind(), AuditErrorKind::Tampered);
}
