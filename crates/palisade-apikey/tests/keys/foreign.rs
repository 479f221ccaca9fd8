//! Keys of another system.

use crate::{
    places::verify,
    support::{READ, Told, format, peppers},
};
use palisade_apikey::{
    ApiKeys, Change, ForeignDigest, ForeignVerifier, KeyId, KeyRecord, KeyStore as _, MemoryStore, Proof,
    StoreError, StoreErrorKind, Text,
};
use palisade_core::{CredentialDigest, KeyEvent, Reply, UnixTime};
use std::sync::Arc;

/// `old_` and whatever, kept as plain SHA-256 in capitals.
#[derive(Debug)]
struct Old {
    later: bool,
    broken: bool,
}

impl ForeignVerifier for Old {
    fn scheme(&self) -> &str {
        "old-sha256"
    }

    fn locate(&self, presented: &[u8]) -> Option<KeyId> {
        presented.starts_with(b"old_").then(|| id(presented))
    }

    fn verify(&self, presented: &[u8], kept: &str) -> Reply<Result<bool, StoreError>> {
        if self.broken {
            return Reply::now(Err(StoreErrorKind::Unavailable.into()));
        }
        let kept = CredentialDigest::from_hex(kept);
        let same = kept.is_some_and(|kept| kept.matches(&CredentialDigest::of(presented)));
        if self.later { Reply::later(async move { Ok(same) }) } else { Reply::now(Ok(same)) }
    }
}

fn id(key: &[u8]) -> KeyId {
    KeyId::of_foreign(CredentialDigest::of(key).to_hex().as_bytes())
}

async fn import(key: &str) -> Arc<MemoryStore> {
    let hex = CredentialDigest::of(key.as_bytes()).to_hex().to_uppercase();
    let proof = Proof::Foreign(ForeignDigest::new(Text::lossy("old-sha256"), Text::lossy(&hex)));
    let hint = "old_…".parse().unwrap();
    let text = Text::lossy;
    let mut record = KeyRecord::new(
        id(key.as_bytes()),
        proof,
        hint,
        text("ada"),
        Text::lossy("imported"),
        UnixTime::from_secs(1),
        text("import"),
    );
    record.permissions = [READ].into_iter().collect();
    let store = Arc::new(MemoryStore::new());
    store.write(vec![Change::Insert(record)]).await.unwrap();
    store
}

async fn kept(store: &MemoryStore, key: &str) -> String {
    store.get(&id(key.as_bytes())).await.unwrap().unwrap().proof.to_stored()
}

#[tokio::test]
async fn a_strong_foreign_key_is_kept_as_our_own_once_it_is_used() {
    let key = "old_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";
    for later in [false, true] {
        let (store, told) = (import(key).await, Told::default());
        let keys = ApiKeys::new(format(), peppers(), store.clone());
        let keys = keys.foreign(Old { later, broken: false }).events(told.clone());
        let principal = verify(&keys, key).await.unwrap();
        assert_eq!(principal.scopes().to_string(), "read_models");
        assert!(kept(&store, key).await.starts_with("v1$"));
        assert_eq!(told.all(), [KeyEvent::Upgraded { id: id(key.as_bytes()).as_str().into() }]);
        // And goes on without the old digest.
        assert!(verify(&keys, key).await.is_ok());
        let denial = verify(&keys, &format!("{key}0")).await.unwrap_err();
        assert_eq!((denial.kind().status().as_u16(), denial.reason()), (401, "unknown_key"));
    }
}

#[tokio::test]
async fn a_weak_foreign_key_stays_with_its_verifier() {
    let (store, told) = (import("old_hunter2").await, Told::default());
    let keys = ApiKeys::new(format(), peppers(), store.clone());
    let keys = keys.foreign(Old { later: false, broken: false }).events(told.clone());
    for _ in 0..3 {
        assert!(verify(&keys, "old_hunter2").await.is_ok());
    }
    assert!(kept(&store, "old_hunter2").await.starts_with("foreign$old-sha256$"));
    assert_eq!(told.all(), [KeyEvent::Weak { id: id(b"old_hunter2").as_str().into() }]);
}

#[tokio::test]
async fn what_cannot_be_told_is_503() {
    let key = "old_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";
    let store = import(key).await;
    let broken = ApiKeys::new(format(), peppers(), store.clone()).foreign(Old { later: false, broken: true });
    let denial = verify(&broken, key).await.unwrap_err();
    assert_eq!((denial.kind().status().as_u16(), denial.reason()), (503, "key_store_unavailable"));
    assert!(kept(&store, key).await.starts_with("foreign$"));
}
