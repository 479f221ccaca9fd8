//! Whoever listens is told.

use super::sample::{insert, record};
use crate::{
    id::KeyId,
    store::{Change, KeyListener, KeyStore},
};
use std::sync::{Arc, Mutex, Weak};

#[derive(Default)]
struct Notes(Mutex<Vec<KeyId>>);

impl KeyListener for Notes {
    fn changed(&self, id: &KeyId) {
        self.0.lock().unwrap().push(*id);
    }

    fn missed(&self) {}
}

/// A store that can tell of changes tells whoever lives, of what was changed, before it says that it was. One that
/// cannot says so.
pub async fn listeners_are_told(store: &impl KeyStore) {
    let notes = Arc::new(Notes::default());
    let listener: Arc<dyn KeyListener> = notes.clone();
    let weak: Weak<dyn KeyListener> = Arc::downgrade(&listener);
    if !store.subscribe(weak) {
        return;
    }
    let record = record();
    insert(store, &record).await;
    store.write(vec![Change::Update(record.clone())]).await.unwrap();
    let told = notes.0.lock().unwrap().iter().filter(|id| **id == record.id).count();
    assert!(told >= 1);
    drop((notes, listener));
    insert(store, &super::sample::record()).await;
}
