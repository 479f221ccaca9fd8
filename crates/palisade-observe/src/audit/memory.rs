//! Records in memory.

use super::{
    chain::Chain,
    entry::Entry,
    error::AuditError,
    link::Link,
    log::AuditLog,
    query::{AuditPage, AuditQuery, Newest},
    record::Sealed,
    walk::{Verification, Walk},
};
use palisade_core::{Reply, UnixTime};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Records in memory, for tests and for services that only look back a little: they end with the process, and the oldest make room
/// for new ones as if they were pruned.
#[derive(Clone)]
pub struct MemoryAudit(Arc<Inner>);

struct Inner {
    chain: Chain,
    most: usize,
    state: Mutex<State>,
}

struct State {
    anchor: Link,
    head: Link,
    records: VecDeque<Sealed>,
}

impl MemoryAudit {
    /// At most so many records, and at least one.
    #[must_use]
    pub fn new(chain: Chain, most: usize) -> Self {
        let state = State { anchor: Link::START, head: Link::START, records: VecDeque::new() };
        Self(Arc::new(Inner { chain, most: most.max(1), state: Mutex::new(state) }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Records are appended whole or not at all, whatever panics.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuditLog for MemoryAudit {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        let mut state = self.lock();
        let sealed = self.0.chain.seal_all(state.head, &entries);
        Reply::now(sealed.map(|sealed| {
            for record in sealed {
                state.head = record.link;
                state.records.push_back(record);
                if state.records.len() > self.0.most {
                    state.forget_first();
                }
            }
            state.head
        }))
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        let mut newest = Newest::new(query);
        self.lock().records.iter().filter_map(Sealed::record).for_each(|record| newest.see(record));
        Reply::now(Ok(newest.page()))
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        let state = self.lock();
        let mut walk = Walk::new(&self.0.chain, state.anchor, known.into_iter().chain([state.head]));
        let _ = state.records.iter().all(|sealed| walk.step(Some(sealed)));
        Reply::now(Ok(walk.finish()))
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        let mut state = self.lock();
        let old = |sealed: &Sealed| sealed.record().is_some_and(|record| record.entry.time < before);
        while state.records.front().is_some_and(old) {
            state.forget_first();
        }
        Reply::now(Ok(state.anchor))
    }
}

impl State {
    fn forget_first(&mut self) {
        if let Some(first) = self.records.pop_front() {
            self.anchor = first.link;
        }
    }
}

impl fmt::Debug for MemoryAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryAudit").field("most", &self.0.most).finish_non_exhaustive()
    }
}
