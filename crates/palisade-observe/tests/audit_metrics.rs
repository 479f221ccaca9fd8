//! The audit log as numbers. A test program of its own, because the thread that appends tells the recorder of the whole process.
#![cfg(all(feature = "audit", feature = "metrics"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use palisade_core::{Event, EventSink as _, KeyEvent, Reply, TokenEvent, Tracing, UnixTime};
use palisade_observe::{
    CountedEvents,
    audit::{
        AuditError, AuditErrorKind, AuditLog, AuditPage, AuditQuery, Chain, Entry, Link, MemoryAudit,
        Recorder, Verification,
    },
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

/// A log that can be down.
#[derive(Clone, Debug)]
struct Log(MemoryAudit, Arc<AtomicBool>);

impl AuditLog for Log {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        if self.1.load(SeqCst) {
            return Reply::now(Err(AuditErrorKind::Unavailable.into()));
        }
        self.0.append(entries)
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        self.0.page(query)
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        self.0.verify(known)
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        self.0.prune(before)
    }
}

fn revoked() -> Event {
    Event::Key(KeyEvent::Revoked { id: "1".into(), by: "user:ada".into(), reason: None })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_appended_dropped_suppressed_and_refused() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    let log = Log(MemoryAudit::new(Chain::plain(), 100_000), Arc::default());
    let builder = Recorder::builder(log.clone()).queue(64 * 1024).strangers_a_second(10);
    let audit = builder.build().unwrap();
    let events = CountedEvents::new(audit.clone());
    // Durable through the sink that counts, too.
    events.intend(&revoked()).await.unwrap();
    events.record(&revoked()).await.unwrap();
    assert_eq!(audit.page(&AuditQuery::default()).await.unwrap().records.len(), 2);
    log.1.store(true, SeqCst);
    assert!(events.intend(&revoked()).await.is_err());
    events.doubt(&revoked(), "store_unavailable");
    for _ in 0..1_000 {
        audit.note(Entry::new("limit.denied"));
        audit.note(Entry::new("breaker.opened"));
    }
    log.1.store(false, SeqCst);
    assert!(audit.drain(Duration::from_secs(30)).await);
    let issuer: Box<str> = "https://issuer.example".into();
    let stale = TokenEvent::KeysStale { issuer: issuer.clone(), age: Duration::from_secs(90) };
    CountedEvents::new(Tracing).emit(&Event::Token(stale));
    let mut found = BTreeMap::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
        let value = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Gauge(value) => value.into_inner() as u64,
            DebugValue::Histogram(values) => values.len() as u64,
        };
        found.insert(format!("{} {}", key.key().name(), labels.join(",")), value);
    }
    let number = |name: &str| *found.get(name).unwrap_or_else(|| panic!("{name}: {found:?}"));
    assert_eq!(number("palisade.audit.waiting "), 0);
    assert_eq!(number("palisade.audit.entries refused"), 1);
    assert!(number("palisade.audit.entries suppressed") >= 900, "{found:?}");
    assert!(number("palisade.audit.entries dropped") >= 500, "{found:?}");
    assert!(number("palisade.audit.failures ") >= 1);
    assert!(number("palisade.audit.append.duration ") >= 3);
    let kept = log.verify(None).await.unwrap().records;
    assert_eq!(number("palisade.audit.entries appended"), kept);
    assert_eq!(number("palisade.events key_revoked"), 1);
    assert_eq!(number("palisade.issuer_keys.age https://issuer.example"), 90);
}
