//! A store together with what must live as long.

use palisade_apikey::{Change, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore, StoreError};
use palisade_core::{Reply, UnixTime};
use std::{
    fmt,
    sync::{Arc, Weak},
};

/// A store together with what must live as long.
#[derive(Debug)]
pub struct With<S, T>(pub S, pub T);

impl<S: KeyStore, T: fmt::Debug + Send + Sync + 'static> KeyStore for With<S, T> {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        self.0.get(id)
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        self.0.write(changes)
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        self.0.list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        self.0.touch(id, at)
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.0.subscribe(listener)
    }
}
