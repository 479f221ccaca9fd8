//! Keys of every fate, behind the whole stack.

use crate::server::READ;
use palisade::{
    Auth, Clock, Protected, Reply, Secret, Stack, UnixTime,
    keys::{
        ApiKeys, CachedStore, Change, KeyFormat, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore,
        MemoryStore, MintedKey, Peppers, Revocation, StoreError, Text,
    },
    routes::{Routes, get},
};
use std::sync::{
    Arc, Weak,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

/// A store in memory that counts what it is asked.
#[derive(Clone, Debug, Default)]
pub struct Counting(Arc<(MemoryStore, AtomicUsize)>);

impl Counting {
    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.1.load(SeqCst)
    }

    fn memory(&self) -> &MemoryStore {
        self.0.1.fetch_add(1, SeqCst);
        &self.0.0
    }
}

impl KeyStore for Counting {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        self.memory().get(id)
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        self.memory().write(changes)
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        self.memory().list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        self.memory().touch(id, at)
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.0.0.subscribe(listener)
    }
}

/// What keys look like here, or with another check key, by which strangers make theirs up.
#[must_use]
pub fn format(check: &'static str) -> KeyFormat {
    KeyFormat::new("acme", "live", &Secret::new(check)).unwrap()
}

/// The check key of the service.
pub const CHECK: &str = "the check key of tests";

/// What a key is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It holds.
    Good,
    /// Nobody made it.
    Unknown,
    /// Its id is there, with another secret.
    WrongSecret,
    /// It was taken back.
    Revoked,
    /// It ended.
    Expired,
    /// It is switched off.
    Disabled,
}

impl Fate {
    /// All that are refused.
    pub const REFUSED: [Self; 5] =
        [Self::Unknown, Self::WrongSecret, Self::Revoked, Self::Expired, Self::Disabled];
}

/// A service that knows keys.
#[derive(Debug)]
pub struct Service {
    /// `GET /models` needs a key that may read.
    pub app: Protected,
    /// Behind its cache.
    pub store: Counting,
    peppers: Peppers,
}

impl Service {
    /// One that knows none yet.
    #[must_use]
    pub fn new() -> Self {
        let store = Counting::default();
        let peppers = Peppers::new(1, &Secret::new([7; 32])).unwrap();
        let routes: Routes = Routes::new().route("/models", get(async || "[]").requires(READ));
        let app = Stack::new(Auth::keys(api_keys(&store, &peppers)).strip()).protect(routes).unwrap();
        Self { app, store, peppers }
    }

    /// Recognises the keys of this service, for another stack.
    #[must_use]
    pub fn keys(&self) -> ApiKeys {
        api_keys(&self.store, &self.peppers)
    }

    /// A key of this fate.
    pub async fn key(&self, fate: Fate) -> MintedKey {
        let key = format(CHECK).mint().unwrap();
        if fate == Fate::Unknown {
            return key;
        }
        let now = Clock::system().now().wall;
        let text = if fate == Fate::WrongSecret { "another" } else { key.expose() };
        let proof = self.peppers.digest(text.as_bytes()).into();
        let (owner, name, ada) = (Text::lossy("ada"), Text::lossy("build"), Text::lossy("ada"));
        let mut record = KeyRecord::new(key.id(), proof, key.hint().clone(), owner, name, now, ada.clone());
        record.permissions = [READ].into_iter().collect();
        // Used a moment ago, so that no use has to be written.
        record.last_used = Some(now);
        match fate {
            Fate::Revoked => record.revoked = Some(Revocation { at: now, by: ada, reason: None }),
            Fate::Expired => record.expires = Some(UnixTime::from_secs(1_000)),
            Fate::Disabled => record.disabled = true,
            Fate::Good | Fate::Unknown | Fate::WrongSecret => {}
        }
        self.store.write(vec![Change::Insert(record)]).await.unwrap();
        key
    }
}

fn api_keys(store: &Counting, peppers: &Peppers) -> ApiKeys {
    ApiKeys::new(format(CHECK), peppers.clone(), CachedStore::new(store.clone()))
}

impl Default for Service {
    fn default() -> Self {
        Self::new()
    }
}
