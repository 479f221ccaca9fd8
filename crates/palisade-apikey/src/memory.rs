//! Records in the memory of this process.

use crate::{
    id::KeyId,
    record::KeyRecord,
    store::{
        Change, Cursor, KeyListener, KeyPage, KeyQuery, KeyStore, MAX_CHANGES, StoreError, StoreErrorKind,
    },
};
use dashmap::DashMap;
use palisade_core::{Reply, UnixTime};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

/// Records in the memory of this process: for tests, for a single node whose keys come from elsewhere at every start,
/// and as the model of the port. Everything is forgotten at the end.
///
/// Its population is made by those who may create keys, never by strangers. Reading takes the lock of one shard;
/// writers take turns.
#[derive(Default)]
pub struct MemoryStore {
    records: DashMap<KeyId, Arc<KeyRecord>>,
    writers: Mutex<Writers>,
}

#[derive(Default)]
struct Writers {
    listeners: Vec<Weak<dyn KeyListener>>,
}

const MAX_LISTENERS: usize = 64;

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records it holds, revoked ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn turn(&self) -> MutexGuard<'_, Writers> {
        // Records are replaced whole, so a panic elsewhere leaves none half written.
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn version(&self, id: &KeyId) -> Option<u64> {
        self.records.get(id).map(|record| record.version)
    }

    fn check(&self, changes: &[Change]) -> Result<(), StoreErrorKind> {
        if changes.len() > MAX_CHANGES {
            return Err(StoreErrorKind::Invalid);
        }
        for (at, change) in changes.iter().enumerate() {
            if changes.iter().take(at).any(|earlier| earlier.id() == change.id()) {
                return Err(StoreErrorKind::Invalid);
            }
            let fits = match change {
                Change::Insert(record) | Change::Update(record) if record.check().is_err() => {
                    return Err(StoreErrorKind::Invalid);
                }
                Change::Insert(record) => self.version(&record.id).is_none(),
                Change::Update(record) => self.version(&record.id) == Some(record.version),
                Change::Unchanged { id, version } => self.version(id) == Some(*version),
            };
            if !fits {
                return Err(StoreErrorKind::Conflict);
            }
        }
        Ok(())
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreErrorKind> {
        let mut writers = self.turn();
        self.check(&changes)?;
        let mut changed = Vec::with_capacity(changes.len());
        for change in changes {
            match change {
                Change::Insert(record) => {
                    changed.push(record.id);
                    self.records.insert(record.id, Arc::new(record));
                }
                Change::Update(mut record) => {
                    changed.push(record.id);
                    record.version = record.version.saturating_add(1);
                    record.last_used = self.records.get(&record.id).and_then(|kept| kept.last_used);
                    self.records.insert(record.id, Arc::new(record));
                }
                Change::Unchanged { .. } => {}
            }
        }
        writers.listeners.retain(|listener| listener.strong_count() > 0);
        let listeners: Vec<_> = writers.listeners.iter().filter_map(Weak::upgrade).collect();
        drop(writers);
        for listener in listeners {
            changed.iter().for_each(|id| listener.changed(id));
        }
        Ok(())
    }

    fn page(&self, query: &KeyQuery) -> KeyPage {
        let after = |record: &KeyRecord| query.after.is_none_or(|after| Cursor::of(record) < after);
        let found = self.records.iter().map(|entry| entry.value().clone());
        let mut records: Vec<_> = found.filter(|record| query.admits(record) && after(record)).collect();
        records.sort_unstable_by_key(|record| std::cmp::Reverse(Cursor::of(record)));
        let more = records.len() > query.page_len();
        records.truncate(query.page_len());
        let next = records.last().filter(|_| more).map(|record| Cursor::of(record));
        KeyPage { records, next }
    }
}

impl KeyStore for MemoryStore {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        Reply::now(Ok(self.records.get(id).map(|record| record.value().clone())))
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        Reply::now(self.apply(changes).map_err(StoreError::from))
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        Reply::now(Ok(self.page(query)))
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        let _turn = self.turn();
        if let Some(mut record) = self.records.get_mut(id)
            && record.last_used.is_none_or(|last| last < at)
        {
            Arc::make_mut(&mut record).last_used = Some(at);
        }
        Reply::now(Ok(()))
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        let mut writers = self.turn();
        writers.listeners.retain(|listener| listener.strong_count() > 0);
        if writers.listeners.len() >= MAX_LISTENERS {
            return false;
        }
        writers.listeners.push(listener);
        true
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("records", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    mod law {
        crate::suite!(super::super::MemoryStore::new);
    }
}
