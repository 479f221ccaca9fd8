//! The port to whatever keeps the records.

mod change;
mod error;
mod query;
mod watch;

use crate::{id::KeyId, record::KeyRecord};
use palisade_core::{Facts, Reply, UnixTime};
use std::{
    fmt,
    sync::{Arc, Weak},
};

pub use change::Change;
pub use error::{StoreError, StoreErrorKind};
pub use query::{Cursor, InvalidCursor, KeyPage, KeyQuery, MAX_PAGE};
pub use watch::KeyListener;

/// Keeps the records of keys.
///
/// It decides nothing: whether a key holds is told by its record. Every implementation runs the law, `suite!`, which
/// the feature `suite` brings.
pub trait KeyStore: fmt::Debug + Send + Sync + 'static {
    /// The record with this id, revoked ones included; `None` where there is none.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told. It never guesses, and `None` is never an answer to trouble.
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>>;

    /// The record with this id where it is remembered and, at the moment of this request, still believed; told without asking
    /// anybody. `None`, which is the default, where it is not. A key that held before is recognised by it, so it must never be
    /// older than what [`get`](Self::get) answers.
    fn recall(&self, id: &KeyId, facts: &Facts) -> Option<Arc<KeyRecord>> {
        let _ = (id, facts);
        None
    }

    /// Makes all changes, in one step that no other writer can come between, or none; up to [`MAX_CHANGES`]. What it reports
    /// as made survives a crash, as far as anything here does.
    ///
    /// # Errors
    ///
    /// `Conflict` where a record is there already, is not there, or has another version than the change says; `Invalid` where a
    /// change breaks a bound. Nothing is changed then. After `Unavailable` the changes may have been made.
    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>>;

    /// A page of records, newest first: by `created`, then by id, both falling.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told.
    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>>;

    /// Remembers that the key was used; a later time replaces an earlier one, never the other way round. Not a change
    /// of version. An id that is not there is no error.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it could not be written; nobody's request fails over it.
    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>>;

    /// Tells `listener` of changes, by whomever they were made, for as long as it lives. `false` where this store
    /// cannot; caches then go by age alone.
    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        let _ = listener;
        false
    }

    /// Whether other nodes see what is kept here, and a restart keeps it. A stack that runs on several nodes refuses one that does not
    /// say so.
    fn is_shared(&self) -> bool {
        false
    }
}

/// The most changes of one [`KeyStore::write`].
pub const MAX_CHANGES: usize = 256;

impl<S: KeyStore + ?Sized> KeyStore for Arc<S> {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        (**self).get(id)
    }

    fn recall(&self, id: &KeyId, facts: &Facts) -> Option<Arc<KeyRecord>> {
        (**self).recall(id, facts)
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        (**self).write(changes)
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        (**self).list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        (**self).touch(id, at)
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        (**self).subscribe(listener)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}
