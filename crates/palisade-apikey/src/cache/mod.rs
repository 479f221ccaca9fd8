//! Any store, asked less often.

mod flight;
mod inner;
mod lookups;
mod spread;
#[cfg(test)]
mod tests;

use crate::{
    id::KeyId,
    record::KeyRecord,
    store::{Change, KeyListener, KeyPage, KeyQuery, KeyStore, StoreError},
};
use inner::Inner;
use palisade_core::{Clock, Facts, Reply, UnixTime};
use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

/// Remembers for a short time what a store said of single keys; itself a store, and cheap to clone. Give the same one to
/// [`ApiKeys`](crate::ApiKeys) and to [`Keyring`](crate::Keyring).
///
/// | | |
/// | --- | --- |
/// | a record | is believed for 5 seconds, counted from when the store was *asked* |
/// | that there is none | is believed for 10 seconds |
/// | room | 10,000 records and, apart from them, 10,000 ids without one: made-up keys push nobody out |
/// | many who ask for one id | are answered by one look-up, which nobody's leaving ends; each waits one second at most |
/// | look-ups under way | 1,024; beyond, asking is an error |
/// | trouble | is remembered for nobody: what is known is believed until its time is over, and everything else is an error |
///
/// A change through this value is forgotten here when it is made, and so is one elsewhere where the store can
/// [tell](KeyStore::subscribe) of it. A look-up that was under way meanwhile is not remembered, so what it read
/// before the change cannot come back. Without being told, another node's change is noticed after 5 seconds.
///
/// # Panics
///
/// Inside a tokio runtime without timers, when a store answers later.
#[derive(Clone)]
pub struct CachedStore(Arc<Inner>);

impl CachedStore {
    /// Remembers what this store says.
    #[must_use]
    pub fn new(store: impl KeyStore) -> Self {
        lookups::describe();
        let inner = Arc::new(Inner::new(Arc::new(store)));
        let listener: Arc<dyn KeyListener> = inner.clone();
        inner.store.subscribe(Arc::downgrade(&listener));
        Self(inner)
    }

    /// Believes records for so long, 0 to 60 seconds: this is how long a revoked key can still be used where nobody
    /// tells of it.
    #[must_use]
    pub fn positive_ttl(self, ttl: Duration) -> Self {
        self.0.ttl.positive(ttl);
        self
    }

    /// Believes for so long that there is no record, 0 to 60 seconds: a key that was just made elsewhere may be
    /// refused for so long.
    #[must_use]
    pub fn negative_ttl(self, ttl: Duration) -> Self {
        self.0.ttl.negative(ttl);
        self
    }

    /// Measures ages by this clock.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.0.set_clock(clock);
        self
    }

    /// Forgets this key.
    pub fn forget(&self, id: &KeyId) {
        self.0.forget(id);
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.0.forget_all();
    }

    /// How many records, and how many ids without one, are remembered.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        self.0.remembered()
    }
}

impl KeyStore for CachedStore {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        Inner::get(&self.0, id)
    }

    fn recall(&self, id: &KeyId, facts: &Facts) -> Option<Arc<KeyRecord>> {
        self.0.recall(id, facts)
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        // Forgets however it ends, also when nobody waits for the end: the change may have been made.
        let forgetting = Forgetting { inner: self.0.clone(), ids: changes.iter().map(Change::id).collect() };
        self.0.store.write(changes).map(move |outcome| {
            drop(forgetting);
            outcome
        })
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        self.0.store.list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        // Once a minute for each key: whoever reads afterwards reads it. What failed changed nothing, and what is known stays.
        let forgetting = Forgetting { inner: self.0.clone(), ids: vec![*id] };
        self.0.store.touch(id, at).map(move |outcome| {
            match outcome {
                Ok(()) => drop(forgetting),
                Err(_) => forgetting.never(),
            }
            outcome
        })
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.0.store.subscribe(listener)
    }

    fn is_shared(&self) -> bool {
        self.0.store.is_shared()
    }
}

impl fmt::Debug for CachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedStore").field("store", &self.0.store).finish_non_exhaustive()
    }
}

struct Forgetting {
    inner: Arc<Inner>,
    ids: Vec<KeyId>,
}

impl Forgetting {
    fn never(mut self) {
        self.ids.clear();
    }
}

impl Drop for Forgetting {
    fn drop(&mut self) {
        self.ids.iter().for_each(|id| self.inner.forget(id));
    }
}
