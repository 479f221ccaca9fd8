//! What follows from the use of a key, and what nobody waits for.

use crate::{
    detach::detach,
    digest::{Comparison, Peppers},
    id::KeyId,
    record::{KeyRecord, Proof},
    store::{Change, KeyStore, StoreError, StoreErrorKind},
};
use palisade_core::{Event, EventSink, KeyEvent, Moment, Reply};
use quick_cache::sync::Cache;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// How often one key's use is written down.
const EVERY: u64 = 60_000_000_000;
/// How many keys are remembered as written; those beyond are written more often.
const KEYS: usize = 10_000;
/// How many writes are under way at once; more are left out.
const WRITES: usize = 64;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Upkeep {
    /// When a key's use was written, on the monotonic clock, plus one; 0 is never.
    written: Cache<KeyId, Arc<AtomicU64>>,
    writes: Arc<Semaphore>,
    complained: AtomicU64,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            written: Cache::new(KEYS),
            writes: Arc::new(Semaphore::new(WRITES)),
            complained: AtomicU64::new(0),
        }
    }
}

/// One use of a key that holds.
pub(super) struct Use<'u> {
    pub(super) store: &'u Arc<dyn KeyStore>,
    pub(super) peppers: &'u Peppers,
    pub(super) events: &'u Arc<dyn EventSink>,
    pub(super) record: &'u KeyRecord,
    pub(super) comparison: Comparison,
    pub(super) presented: &'u [u8],
    pub(super) now: Moment,
}

impl Upkeep {
    /// Notes a use, at most once a minute for each key; nothing of it can fail the request. Gives back when it was written.
    pub(super) fn used(self: &Arc<Self>, used: &Use<'_>) -> Arc<AtomicU64> {
        let never = || Ok::<_, std::convert::Infallible>(Arc::new(AtomicU64::new(0)));
        let Ok(written) = self.written.get_or_insert_with(&used.record.id, never);
        self.used_again(used, &written);
        written
    }

    /// As [`used`](Self::used), where it is at hand when the use was written.
    #[inline]
    pub(super) fn used_again(self: &Arc<Self>, used: &Use<'_>, written: &AtomicU64) {
        if due(written, used.now) {
            self.write(used);
        }
    }

    fn write(self: &Arc<Self>, used: &Use<'_>) {
        let (record, now) = (used.record, used.now);
        if record.grace_ends.is_some() {
            let successor = record.successor.map(|id| id.as_str().into());
            tell(used.events, KeyEvent::UsedInGrace { id: record.id.as_str().into(), successor });
        }
        // Another node may have written it a moment ago.
        if record.last_used.is_none_or(|last| now.wall.as_nanos().saturating_sub(last.as_nanos()) >= EVERY) {
            self.settle("last_used", used, used.store.touch(&record.id, now.wall));
        }
        if used.comparison == Comparison::SameUnderOlderPepper {
            self.upgrade(used);
        }
    }

    fn upgrade(self: &Arc<Self>, used: &Use<'_>) {
        let id: Box<str> = used.record.id.as_str().into();
        let digest = match &used.record.proof {
            Proof::Digest(_) => used.peppers.digest(used.presented),
            Proof::Foreign(_) => match used.peppers.digest_foreign(used.presented) {
                Ok(digest) => digest,
                Err(_) => return tell(used.events, KeyEvent::Weak { id }),
            },
        };
        let mut better = used.record.clone();
        better.proof = digest.into();
        let events = used.events.clone();
        let write = used.store.write(vec![Change::Update(better)]).map(move |outcome| {
            if outcome.is_ok() {
                tell(&events, KeyEvent::Upgraded { id });
            }
            outcome
        });
        self.settle("digest", used, write);
    }

    /// Looks at the outcome if it is there, and else lets it come when it comes.
    fn settle(self: &Arc<Self>, act: &'static str, used: &Use<'_>, write: Reply<Result<(), StoreError>>) {
        let now = used.now;
        let later = match write.try_now() {
            Ok(outcome) => return self.complain(act, outcome, used.events, now),
            Err(later) => later,
        };
        let Ok(permit) = self.writes.clone().try_acquire_owned() else { return };
        let (this, events) = (self.clone(), used.events.clone());
        detach(async move {
            let outcome = tokio::time::timeout(PATIENCE, later).await;
            let outcome = outcome.unwrap_or_else(|_| Err(StoreErrorKind::Unavailable.into()));
            this.complain(act, outcome, &events, now);
            drop(permit);
        });
    }

    fn complain(
        &self,
        act: &'static str,
        outcome: Result<(), StoreError>,
        events: &Arc<dyn EventSink>,
        now: Moment,
    ) {
        // A conflict means that somebody else wrote: the next use tries again.
        let error = outcome.err().filter(|error| error.kind() != StoreErrorKind::Conflict);
        if let Some(error) = error.filter(|_| due(&self.complained, now)) {
            tell(events, KeyEvent::NotWritten { act, reason: error.to_string() });
        }
    }
}

/// Whether a minute has passed since this was last asked with success; of many who ask at once, one is told so.
#[inline]
fn due(last: &AtomicU64, now: Moment) -> bool {
    let (before, now) = (last.load(Relaxed), now.mono.as_nanos().saturating_add(1));
    let passed = before == 0 || now.saturating_sub(before) >= EVERY;
    passed && last.compare_exchange(before, now, Relaxed, Relaxed).is_ok()
}

fn tell(events: &Arc<dyn EventSink>, event: KeyEvent) {
    events.emit(&Event::Key(event));
}
