//! What holds for API keys where an application says nothing; each test has the name of its row.

use http::Request;
use palisade_apikey::{
    ApiKeys, CachedStore, Caller, Change, DEFAULT_GRACE, KeyFormat, KeyId, KeyPage, KeyQuery, KeyRecord,
    KeyStore, Keyring, KeyringError, Life, MemoryStore, Metadata, NewKey, OsRandom, Peppers, StoreError,
};
use palisade_core::{Authenticator as _, Clock, ManualClock, Reply, Scope, Secret, UnixTime};
use std::{sync::Arc, time::Duration};

const MANAGE: Scope = Scope::from_static("manage_users");
const DAY: u64 = 86_400;

fn keys(store: impl KeyStore) -> ApiKeys {
    let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
    ApiKeys::new(format, Peppers::none(), store)
}

fn new(life: Option<Life>) -> NewKey {
    let mut new = NewKey::named("a".parse().unwrap());
    new.life = life.unwrap_or_default();
    new
}

async fn days(life: Option<Life>) -> Option<u64> {
    let now = UnixTime::from_secs(1_000);
    let keyring = Keyring::new(&keys(MemoryStore::new()), [MANAGE], MANAGE);
    let keyring = keyring.clock(Clock::manual(&ManualClock::new(now)));
    let made = keyring.create(&Caller::operator("a"), new(life)).await.ok()?;
    Some((made.record.expires?.as_secs() - now.as_secs()) / DAY)
}

#[tokio::test]
async fn api_keys_end_after_90_days() {
    assert_eq!(days(None).await, Some(90));
    assert_eq!(days(Some(Life::days(365))).await, Some(365));
    for life in [Life::days(366), Life::days(0), Life::dangerous_never_expires()] {
        assert_eq!(days(Some(life)).await, None);
    }
}

#[test]
fn api_keys_have_256_random_bits() {
    let key = KeyFormat::with_public_checksum("a", "b").unwrap().mint().unwrap();
    // a_b_, twelve of the id, 43 of log2(62) bits each, six of the check.
    assert_eq!(key.expose().len(), 4 + 12 + 43 + 6);
}

#[test]
fn check_keys_have_16_bytes_and_peppers_32() {
    assert!(KeyFormat::new("acme", "live", &Secret::new([1; 15])).is_err());
    assert!(KeyFormat::new("acme", "live", &Secret::new([1; 16])).is_ok());
    assert!(Peppers::new(1, &Secret::new([1; 31])).is_err());
    assert!(Peppers::new(1, &Secret::new([1; 32])).is_ok());
}

#[test]
fn api_keys_come_from_two_headers() {
    let (plain, ()) = Request::get("/?api_key=acme_live_x")
        .header("cookie", "api_key=acme_live_x")
        .body(())
        .unwrap()
        .into_parts();
    let keys = keys(MemoryStore::new());
    assert!(keys.find(&plain).unwrap().is_none());
    assert_eq!(keys.places(), ["x-api-key", "authorization"]);
}

#[tokio::test]
async fn cached_keys_are_believed_5_seconds_and_unknown_ids_10() {
    let store = Arc::new(MemoryStore::new());
    let time = ManualClock::new(UnixTime::from_secs(1_000));
    // Behind a store that tells nobody.
    let cached = CachedStore::new(Silent(store.clone())).clock(Clock::manual(&time));
    let keyring = Keyring::new(&keys(store.clone()), [MANAGE], MANAGE);
    let made = keyring.create(&Caller::operator("a"), new(None)).await.unwrap();
    let unknown = KeyId::random(&OsRandom).unwrap();
    let name = async || cached.get(&made.key.id()).await.unwrap().unwrap().name.to_string();
    let there = async || cached.get(&unknown).await.unwrap().is_some();
    assert_eq!((name().await, there().await), ("a".to_owned(), false));
    let mut changed = KeyRecord::clone(&made.record);
    let mut appeared = changed.clone();
    appeared.id = unknown;
    changed.name = "b".parse().unwrap();
    store.write(vec![Change::Update(changed), Change::Insert(appeared)]).await.unwrap();
    for (nanos, expected) in
        [(4_999_999_999, ("a", false)), (1, ("b", false)), (4_999_999_999, ("b", false)), (1, ("b", true))]
    {
        time.advance(Duration::from_nanos(nanos));
        assert_eq!((&*name().await, there().await), expected);
    }
}

#[derive(Debug)]
struct Silent(Arc<MemoryStore>);

impl KeyStore for Silent {
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
}

#[tokio::test]
async fn the_key_cache_holds_10000_and_as_many_unknown_ids() {
    let cached = CachedStore::new(MemoryStore::new());
    for _ in 0..20_000 {
        cached.get(&KeyId::random(&OsRandom).unwrap()).await.unwrap();
    }
    let (known, unknown) = cached.remembered();
    assert!(known == 0 && (9_000..=10_000).contains(&unknown), "{unknown}");
}

#[tokio::test]
async fn rotated_keys_hold_a_day_and_at_most_30() {
    assert_eq!(DEFAULT_GRACE, Duration::from_secs(DAY));
    let keyring = Keyring::new(&keys(MemoryStore::new()), [MANAGE], MANAGE);
    let operator = Caller::operator("a");
    let made = keyring.create(&operator, new(None)).await.unwrap();
    let month = Duration::from_secs(30 * DAY);
    let longer = keyring.rotate(&operator, made.key.id(), month + Duration::from_nanos(1)).await;
    assert!(matches!(longer, Err(KeyringError::Invalid(_))));
    assert!(keyring.rotate(&operator, made.key.id(), month).await.is_ok());
}

#[test]
fn key_metadata_fits_10_kib() {
    assert_eq!(Metadata::MAX_BYTES, 10_240);
    assert!(Metadata::new(serde_json::json!({ "a": "x".repeat(10_241) })).is_err());
}

#[test]
fn management_bodies_fit_16_kib() {
    let routes = Keyring::new(&keys(MemoryStore::new()), [MANAGE], MANAGE).routes();
    assert_eq!(routes.largest_body_limit(), 16 * 1024);
}
