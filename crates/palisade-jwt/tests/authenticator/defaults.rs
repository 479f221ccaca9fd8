//! What holds where an application says nothing, by its name in the table.

use crate::support::{ISSUER, Keys, Signer, claims, hs256, identity, known, secret_keys, time, verifier};
use palisade_core::Identity;
use palisade_jwt::{Jwt, MAX_ISSUERS, MAX_ROLES, MAX_SCOPES, Mapping, TokenCache, TrustedIssuer};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn tokens_of_public_keys_are_remembered_and_those_of_secrets_are_not() {
    let (signer, time) = (Signer::new("a"), time());
    let public = Jwt::new(verifier(ISSUER, Keys::of([&signer])));
    known(&public, &signer.sign(&claims(json!({}))), &time).await;
    let secret = Jwt::new(verifier(ISSUER, secret_keys()));
    known(&secret, &hs256(&claims(json!({}))), &time).await;
    assert_eq!((public.remembered(), secret.remembered()), (1, 0));
}

#[test]
fn tokens_are_remembered_for_60_seconds_in_16_mib_as_they_are() {
    let said = TokenCache::new().age(Duration::from_secs(60)).bytes(16 << 20);
    assert_eq!(TokenCache::new(), said);
    assert_eq!(TokenCache::new().age(Duration::MAX), said);
    assert_ne!(TokenCache::new().digests_only(), said);
    assert_eq!(TokenCache::new().bytes(0), TokenCache::new().bytes(1 << 20));
}

#[tokio::test]
async fn a_token_grants_512_scopes_and_512_roles() {
    assert_eq!((MAX_SCOPES, MAX_ROLES), (512, 512));
    let jwt = Jwt::new(TrustedIssuer::new(verifier(ISSUER, secret_keys())).mapping(Mapping::new()));
    let scopes = |many: usize| (0..many).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
    for (many, holds) in [(512, true), (513, false)] {
        let token = hs256(&claims(json!({ "scope": scopes(many) })));
        assert_eq!(matches!(identity(&jwt, &token, &time()).await, Identity::Known(_)), holds, "{many}");
    }
}

#[test]
fn issuers_are_1000() {
    assert_eq!(MAX_ISSUERS, 1_000);
    let issuers = |many: usize| {
        Jwt::several((0..many).map(|n| TrustedIssuer::new(verifier(&format!("{ISSUER}/{n}"), secret_keys()))))
    };
    assert!(issuers(1_000).is_ok() && issuers(1_001).is_err());
}
