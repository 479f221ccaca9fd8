//! Tokens that are void before they end.

use super::support::*;
use palisade_core::{Clock, Identity, ManualClock, Moment, Reply, UnixTime};
use palisade_jwt::{Jwt, MemoryRevocations, Revocation, Revocations, StoreError, StoreErrorKind, TokenMarks};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// Answers later, and not at all when told to fail.
#[derive(Debug, Default)]
struct Distant {
    memory: MemoryRevocations,
    asked: AtomicUsize,
    down: AtomicBool,
}

impl Revocations for Distant {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        self.memory.revoke(revocation, now)
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        self.asked.fetch_add(1, Relaxed);
        let answer = if self.down.load(Relaxed) {
            Reply::now(Err(StoreErrorKind::Unavailable.into()))
        } else {
            self.memory.revoked(token)
        };
        Reply::later(async move {
            tokio::task::yield_now().await;
            answer.await
        })
    }
}

async fn revoke(store: &impl Revocations, revocation: Revocation, time: &ManualClock) {
    store.revoke(&revocation, Clock::manual(time).now()).await.unwrap();
}

#[tokio::test]
async fn a132_a133_a_remembered_token_is_void_at_once() {
    let (signer, time) = (Signer::new("k"), time());
    let store = Arc::new(MemoryRevocations::new());
    let ear = Ear::default();
    let jwt = Jwt::new(verifier(ISSUER, Keys::of([&signer]))).revocations(store.clone()).events(ear.clone());
    let one = signer.sign(&claims(json!({ "jti": "one" })));
    let two = signer.sign(&claims(json!({ "jti": "two" })));
    for token in [&one, &two, &one, &two] {
        assert_eq!(outcome(&jwt, token, &time).await, format!("{ISSUER} ada"));
    }
    assert_eq!(jwt.remembered(), 2);
    revoke(&store, Revocation::token(ISSUER, "one", UnixTime::from_secs(START + 3_600)), &time).await;
    assert_eq!(outcome(&jwt, &one, &time).await, "401 revoked_token");
    assert_eq!(ear.take(), ["rejected https://issuer.example revoked_token"]);
    assert_eq!(outcome(&jwt, &two, &time).await, format!("{ISSUER} ada"));

    // Everything of one subject, up to now.
    let before = UnixTime::from_secs(START + 1);
    revoke(&store, Revocation::subject(ISSUER, "ada", before, Duration::from_secs(86_400)), &time).await;
    assert_eq!(outcome(&jwt, &two, &time).await, "401 revoked_token");
    let later = signer.sign(&claims(json!({ "jti": "three", "iat": START + 1 })));
    assert_eq!(outcome(&jwt, &later, &time).await, format!("{ISSUER} ada"));
}

#[tokio::test]
async fn a133_a_distant_store_is_asked_at_every_use() {
    let (signer, time) = (Signer::new("k"), time());
    let store = Arc::new(Distant::default());
    let jwt = Jwt::new(verifier(ISSUER, Keys::of([&signer]))).revocations(store.clone());
    let token = signer.sign(&claims(json!({ "jti": "one" })));
    for uses in 1..=3 {
        assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
        assert_eq!((store.asked.load(Relaxed), jwt.remembered()), (uses, 1));
    }
    // It is not asked of what does not hold anyway.
    assert_eq!(
        outcome(&jwt, &signer.sign(&claims(json!({ "aud": "x" }))), &time).await,
        "401 wrong_audience"
    );
    assert_eq!(store.asked.load(Relaxed), 3);
    revoke(&store, Revocation::token(ISSUER, "one", UnixTime::from_secs(START + 3_600)), &time).await;
    assert_eq!(outcome(&jwt, &token, &time).await, "401 revoked_token");
}

#[tokio::test]
async fn a_store_that_cannot_tell_is_503_also_for_a_remembered_token() {
    let (signer, time) = (Signer::new("k"), time());
    let store = Arc::new(Distant::default());
    let ear = Ear::default();
    let jwt = Jwt::new(verifier(ISSUER, Keys::of([&signer]))).revocations(store.clone()).events(ear.clone());
    let token = signer.sign(&claims(json!({})));
    assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
    store.down.store(true, Relaxed);
    let Identity::Refused(denial) = identity(&jwt, &token, &time).await else { panic!() };
    assert_eq!((denial.kind().status().as_u16(), denial.reason()), (503, "revocations_unavailable"));
    assert!(denial.challenges().is_empty() && denial.retry_after_seconds().is_some());
    assert_eq!(ear.take(), ["undecided https://issuer.example revocations_unavailable"]);
    store.down.store(false, Relaxed);
    assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
}
