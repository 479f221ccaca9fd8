//! Records that nobody else has.

use crate::{
    digest::Peppers,
    id::KeyId,
    random::OsRandom,
    record::{KeyRecord, Metadata, Revocation},
    store::{Change, KeyStore, StoreErrorKind},
    text::Text,
};
use palisade_core::UnixTime;

pub(super) fn id() -> KeyId {
    KeyId::random(&OsRandom).unwrap()
}

/// A text that no other test uses.
pub(super) fn unique<const MAX: usize>() -> Text<MAX> {
    Text::lossy(id().as_str())
}

pub(super) fn record() -> KeyRecord {
    let id = id();
    let proof = Peppers::none().digest(id.as_bytes()).into();
    let created = UnixTime::from_nanos(1_700_000_000_123_456_789);
    let hint = "acme_live_…9fQz".parse().unwrap();
    KeyRecord::new(id, proof, hint, unique(), Text::lossy("build"), created, unique())
}

/// Every field is set.
pub(super) fn full() -> KeyRecord {
    let mut record = record();
    let at = UnixTime::from_nanos(1_700_000_001_000_000_001);
    record.tenant = Some(unique());
    record.permissions = "read_models write_models".parse().unwrap();
    record.roles = vec![Text::lossy("reader"), Text::lossy("Schlüssel-Rolle")];
    record.plan = Some(Text::lossy("pro"));
    record.networks = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    record.not_before = Some(at);
    record.expires = Some(UnixTime::from_secs(1_900_000_000));
    record.disabled = true;
    record.revoked =
        Some(Revocation { at, by: unique(), reason: Some(Text::lossy("it's \"leaked\"; 100 %")) });
    record.metadata = Metadata::new(serde_json::json!({ "team": "sëarch", "n": [1, null] })).unwrap();
    record.lineage = id();
    record.predecessor = Some(record.lineage);
    record.successor = Some(id());
    record.rotated = Some(at);
    record.grace_ends = Some(UnixTime::from_secs(1_800_000_000));
    record.last_used = Some(at);
    record
}

pub(super) async fn insert(store: &impl KeyStore, record: &KeyRecord) {
    store.write(vec![Change::Insert(record.clone())]).await.unwrap();
}

pub(super) async fn read(store: &impl KeyStore, id: &KeyId) -> KeyRecord {
    let record = store.get(id).await.unwrap().unwrap();
    KeyRecord::clone(&record)
}

pub(super) async fn refused(store: &impl KeyStore, changes: Vec<Change>) -> StoreErrorKind {
    store.write(changes).await.unwrap_err().kind()
}
