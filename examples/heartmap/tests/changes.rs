//! Changes of the parameters that meet each other, and that nobody can record.

#![allow(clippy::unwrap_used, reason = "a test may")]

use heartmap::parameters::{ParameterStore, Parameters};
use palisade::{
    Reply, UnixTime,
    observe::audit::{
        AuditError, AuditErrorKind, AuditLog, AuditPage, AuditQuery, Chain, Entry, Link, MemoryAudit,
        Outcome, Recorder, Verification,
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

fn wanting(min_genes: u64) -> Parameters {
    Parameters { min_genes, ..Parameters::default() }
}

fn entry() -> Entry {
    Entry::new("config.changed").by("api_key:17")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_at_once_each_stands_or_is_told_that_it_does_not() {
    let recorder = Recorder::builder(MemoryAudit::new(Chain::plain(), 1_000)).build().unwrap();
    let store = Arc::new(ParameterStore::new(Parameters::default(), recorder.clone()));
    let changes: Vec<_> = (0..24)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.change(wanting(number), entry()).await })
        })
        .collect();
    let mut stand = 0;
    for change in changes {
        match change.await.unwrap() {
            Ok(_) => stand += 1,
            Err(denial) => {
                assert_eq!((denial.kind().status().as_u16(), denial.reason()), (409, "changed_meanwhile"))
            }
        }
    }
    assert!(stand >= 1);
    assert_eq!(store.current().revision, 1 + stand);
    let mut all = AuditQuery::default();
    all.limit = 200;
    let page = recorder.page(&all).await.unwrap();
    let count = |outcome| page.records.iter().filter(|record| record.entry.outcome == outcome).count() as u64;
    assert_eq!((count(Outcome::Begun), count(Outcome::Done)), (24, stand));
    assert_eq!(count(Outcome::Abandoned), 24 - stand);
}

/// A log that takes so many entries, and no more.
#[derive(Debug)]
struct Full {
    inner: MemoryAudit,
    left: AtomicI64,
}

impl AuditLog for Full {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        let taken = i64::try_from(entries.len()).unwrap();
        if self.left.fetch_sub(taken, Ordering::SeqCst) < taken {
            return Reply::now(Err(AuditError::new(AuditErrorKind::Unavailable)));
        }
        self.inner.append(entries)
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        self.inner.page(query)
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        self.inner.verify(known)
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        self.inner.prune(before)
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_recorded_is_not_made_and_one_whose_end_cannot_be_says_that_it_stands() {
    let check = async |left: i64, done: bool, revision: u64| {
        let log = Full { inner: MemoryAudit::new(Chain::plain(), 10), left: AtomicI64::new(left) };
        let store = ParameterStore::new(Parameters::default(), Recorder::builder(log).build().unwrap());
        let denial = store.change(wanting(1), entry()).await.unwrap_err();
        assert_eq!(denial.kind().status().as_u16(), 503);
        assert_eq!(denial.details().unwrap()["done"], done);
        assert_eq!(store.current().revision, revision);
    };
    check(0, false, 1).await;
    check(1, true, 2).await;
}
