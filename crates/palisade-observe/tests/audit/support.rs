//! Logs and entries.

use palisade_core::{Reply, Secret, UnixTime};
use palisade_observe::audit::{
    AuditError, AuditErrorKind, AuditLog, AuditPage, AuditQuery, Chain, Entry, FileAudit, Link, MemoryAudit,
    Sync, Verification,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
};
use tempfile::TempDir;

pub(crate) fn keyed() -> Chain {
    Chain::keyed(&Secret::new("a key of an audit chain, in a test")).unwrap()
}

pub(crate) fn entry(second: u64) -> Entry {
    let mut entry = Entry::new("key.created").by("user:1").on("key", &second.to_string());
    entry.time = UnixTime::from_secs(1_800_000_000 + second);
    entry
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Arc<[Entry]> {
    range.map(entry).collect()
}

pub(crate) fn open(path: &Path) -> Result<FileAudit, AuditError> {
    FileAudit::open(path, keyed(), Sync::Always)
}

/// A directory and the file of a log in it.
pub(crate) fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    (directory, path)
}

/// A log that can be told to be down, or to be stuck.
#[derive(Clone, Debug)]
pub(crate) struct Moody {
    pub(crate) log: MemoryAudit,
    mood: Arc<(Mutex<Mood>, Condvar)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Well,
    Down,
    Stuck,
}

impl Moody {
    pub(crate) fn new() -> Self {
        Self { log: MemoryAudit::new(keyed(), 1_000_000), mood: Arc::default() }
    }

    pub(crate) fn be(&self, mood: Mood) {
        *self.mood.0.lock().unwrap() = mood;
        self.mood.1.notify_all();
    }
}

impl AuditLog for Moody {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        let mood = self.mood.0.lock().unwrap();
        let mood = *self.mood.1.wait_while(mood, |mood| *mood == Mood::Stuck).unwrap();
        match mood {
            Mood::Down => Reply::now(Err(AuditErrorKind::Unavailable.into())),
            _ => self.log.append(entries),
        }
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        self.log.page(query)
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        self.log.verify(known)
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        self.log.prune(before)
    }
}
