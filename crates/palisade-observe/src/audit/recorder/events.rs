//! The recorder.

use super::{
    inner::{Inner, PATIENCE},
    overflow::Overflow,
};
use crate::audit::{
    convert,
    entry::{Entry, Outcome},
    error::{AuditError, AuditErrorKind},
    link::Link,
    query::{AuditPage, AuditQuery},
    shown::Shown,
    walk::Verification,
};
use palisade_core::{Event, EventSink, Reply, TokenEvent, UnixTime, Unrecorded};
use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::time::timeout;

/// Writes events down in an audit log; cheap to clone. Give it to key stores, logins, limiters and breakers as their event sink, and
/// to a stack, so that refused requests are recorded too.
///
/// | what | how |
/// | --- | --- |
/// | changes to keys and users | before they are made, and before they are acknowledged; where that fails for a second, they are not made, and answered with 503 |
/// | everything else | through a queue of at most 8 MiB and a thread that appends; requests never wait for it, unless [`Overflow`](super::Overflow) says so |
/// | what strangers cause | at most 100 records a second of each act; the others are counted in one record |
/// | what finds no room | is counted, and the count is a record, `audit.dropped` |
///
/// With the feature `metrics` it tells the facade:
///
/// | name | kind | labels |
/// | --- | --- | --- |
/// | `palisade.audit.waiting` | gauge, bytes | |
/// | `palisade.audit.entries` | counter | `outcome` (`appended`, `dropped`, `suppressed`, `refused`: a change that was not recorded in time) |
/// | `palisade.audit.failures` | counter, attempts to append | |
/// | `palisade.audit.append.duration` | histogram, seconds | |
///
/// A log that fails is tried again until it takes what waits. Await [`drain`](Self::drain) before the process ends; dropping the
/// last clone waits for a second.
///
/// ```
/// use palisade_observe::audit::{AuditLog, AuditQuery, Chain, Entry, MemoryAudit, Recorder, Shown};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let recorder = Recorder::builder(MemoryAudit::new(Chain::plain(), 10_000)).build()?;
/// let change = Entry::new("config.changed").by("user:17").change("max_queue", 64_u64, 128_u64);
/// recorder.record_entry(change).await?;
/// assert!(recorder.drain(Duration::from_secs(5)).await);
/// let page = recorder.page(&AuditQuery::default()).await?;
/// assert_eq!(page.records[0].entry.act, "config.changed");
/// assert!(recorder.verify().await?.fault.is_none());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

/// How long what was found of a chain is believed, in nanoseconds.
const BELIEVED: u64 = 10_000_000_000;
/// A chain of fewer records is looked through again as soon as it has grown: that takes a few milliseconds.
const SHORT: u64 = 1_000;

impl Recorder {
    pub(super) fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Takes note of what happened; never waits.
    pub fn note(&self, entry: Entry) {
        self.0.put(entry);
    }

    /// Takes note of a change, so that it outlives the process; answers within about a second.
    ///
    /// # Errors
    ///
    /// Where that cannot be said. It may be written later all the same.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply drops only the answer.
    pub fn record_entry(&self, entry: Entry) -> Reply<Result<(), Unrecorded>> {
        self.0.put_durably(entry)
    }

    /// A page of records, newest first.
    ///
    /// # Errors
    ///
    /// Where the log cannot tell.
    pub fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        self.0.log.page(query)
    }

    /// Looks through the whole chain, which must have everything that this process appended. What was found is believed for ten
    /// seconds, so that asking often costs little; where there were fewer than 1,000 records, only until another is appended by this process, or shown.
    ///
    /// # Errors
    ///
    /// Where the log cannot be read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the answer.
    pub async fn verify(&self) -> Result<Verification, AuditError> {
        self.verify_with(0).await
    }

    /// The same, for whoever has seen the record of this number.
    pub(in crate::audit) async fn verify_with(&self, seen: u64) -> Result<Verification, AuditError> {
        let mut verified = self.0.verified.lock().await;
        let now = self.0.clock.now().mono;
        let last = self.0.last();
        if let Some((at, found)) = *verified
            && now.nanos_since(at) < BELIEVED
        {
            let newest = last.map_or(seen, |last| last.sequence.max(seen));
            let has_grown = newest > found.head.sequence;
            if !has_grown || found.records >= SHORT || found.fault.is_some() {
                return Ok(found);
            }
        }
        let found = self.0.log.verify(last).await?;
        if let Some(fault) = found.fault {
            tracing::error!(
                target: "palisade::audit",
                sequence = fault.sequence,
                kind = fault.kind.as_str(),
                "the audit log does not hold"
            );
        }
        *verified = Some((now, found));
        Ok(found)
    }

    /// Removes records from before this time; that they were is a record too. Says where the log begins now.
    ///
    /// # Errors
    ///
    /// Where that cannot be recorded, and then nothing is removed; trouble with the log.
    pub async fn prune(&self, before: UnixTime) -> Result<Link, AuditError> {
        let entry = |outcome| Entry::new("audit.pruned").outcome(outcome).because(before.rfc3339());
        let begun = self.record_entry(entry(Outcome::Begun)).await;
        begun.map_err(|error| AuditError::new(AuditErrorKind::Unavailable).with_source(error))?;
        let pruned = self.0.log.prune(before).await;
        match &pruned {
            Ok(anchor) => self.note(entry(Outcome::Done).after("anchor", anchor.sequence)),
            Err(error) => self.note(entry(Outcome::Failed).after("error", Shown::id(&error.to_string()))),
        }
        pruned
    }

    /// Waits until nothing waits for the log any more; `false` where that takes too long.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn drain(&self, patience: Duration) -> bool {
        let idle = async {
            loop {
                let moved = self.0.queue.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if self.0.queue.is_idle() {
                    return;
                }
                moved.await;
            }
        };
        timeout(patience, idle).await.is_ok()
    }

    /// How many bytes wait for the log.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.queue.bytes()
    }

    /// Waits for room, up to a second.
    pub(in crate::audit) async fn room(&self) -> bool {
        let room = async {
            loop {
                let moved = self.0.queue.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                if !self.is_full() {
                    return;
                }
                moved.await;
            }
        };
        timeout(PATIENCE, room).await.is_ok()
    }

    pub(in crate::audit) fn is_full(&self) -> bool {
        self.0.queue.is_full()
    }

    pub(in crate::audit) fn overflow(&self) -> Overflow {
        self.0.overflow
    }

    /// It sees refused requests out: what only tells of those is not recorded twice.
    pub(in crate::audit) fn guards(&self) {
        self.0.guards.store(true, Relaxed);
    }
}

impl EventSink for Recorder {
    fn emit(&self, event: &Event) {
        let twice = matches!(event, Event::Token(TokenEvent::Rejected { .. } | TokenEvent::Undecided { .. }));
        if !(twice && self.0.is_guarding()) {
            self.note(convert::entry(event));
        }
    }

    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        self.record_entry(convert::entry(event).outcome(Outcome::Begun))
    }

    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        self.record_entry(convert::entry(event))
    }

    fn abandon(&self, event: &Event, reason: &'static str) {
        self.note(convert::entry(event).outcome(Outcome::Abandoned).because(reason));
    }

    fn doubt(&self, event: &Event, reason: &'static str) {
        self.note(convert::entry(event).outcome(Outcome::Unknown).because(reason));
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("log", &self.0.log).finish_non_exhaustive()
    }
}
