//! Databases that the tests make and end, and what stands between them and the store.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

// The wire that the tests of palisade-redis break.
pub mod place;
#[path = "../../../palisade-redis/tests/support/proxy.rs"]
pub mod proxy;
pub mod server;
pub mod with;

use palisade_apikey::{
    Change, KeyId, KeyListener, KeyRecord, KeyStore, OsRandom, Peppers, Revocation, StoreErrorKind, Text,
};
use palisade_core::UnixTime;
use std::{
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

/// A record that nobody else has.
pub fn record() -> KeyRecord {
    let id = KeyId::random(&OsRandom).unwrap();
    let proof = Peppers::none().digest(id.as_bytes()).into();
    let created = UnixTime::from_nanos(1_700_000_000_123_456_789);
    let hint = "acme_live_…9fQz".parse().unwrap();
    KeyRecord::new(id, proof, hint, Text::lossy("ada"), Text::lossy("build"), created, Text::lossy("ada"))
}

pub fn revoked(record: &KeyRecord) -> KeyRecord {
    let mut record = record.clone();
    record.revoked =
        Some(Revocation { at: UnixTime::from_secs(1_800_000_000), by: Text::lossy("ada"), reason: None });
    record
}

pub async fn insert(store: &impl KeyStore, record: &KeyRecord) {
    store.write(vec![Change::Insert(record.clone())]).await.unwrap();
}

pub async fn revoke(store: &impl KeyStore, record: &KeyRecord) {
    store.write(vec![Change::Update(revoked(record))]).await.unwrap();
}

/// What came of it: `Ok` with whether something was found, or the kind of the error.
pub async fn found(store: &impl KeyStore, id: &KeyId) -> Result<bool, StoreErrorKind> {
    store.get(id).await.map(|record| record.is_some()).map_err(|error| error.kind())
}

pub async fn inserted(store: &impl KeyStore) -> Result<(), StoreErrorKind> {
    store.write(vec![Change::Insert(record())]).await.map_err(|error| error.kind())
}

/// Notes what it is told.
#[derive(Default)]
pub struct Notes {
    changed: Mutex<Vec<KeyId>>,
    missed: AtomicUsize,
}

impl Notes {
    pub fn of(store: &impl KeyStore) -> Arc<Self> {
        let notes = Arc::new(Self::default());
        let listener: Arc<dyn KeyListener> = notes.clone();
        let weak: Weak<dyn KeyListener> = Arc::downgrade(&listener);
        assert!(store.subscribe(weak));
        notes
    }

    pub fn heard_of(&self, id: &KeyId) -> bool {
        self.changed.lock().unwrap().contains(id)
    }

    pub fn missed(&self) -> usize {
        self.missed.load(SeqCst)
    }
}

impl KeyListener for Notes {
    fn changed(&self, id: &KeyId) {
        self.changed.lock().unwrap().push(*id);
    }

    fn missed(&self) {
        self.missed.fetch_add(1, SeqCst);
    }
}

/// Waits until `is_so`, for some seconds.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..800 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited too long for {what}");
}

/// A number out of the environment, for runs that take longer.
pub fn times(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}
