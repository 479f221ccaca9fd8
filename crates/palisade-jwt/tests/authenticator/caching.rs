//! Tokens that were verified a moment ago.

use super::support::*;
use palisade_core::{Roles, UnixTime};
use palisade_jwt::{Jwt, Mapping, TokenCache, TrustedIssuer};
use serde_json::json;
use std::time::Duration;

fn settings() -> [TokenCache; 2] {
    [TokenCache::new(), TokenCache::new().digests_only()]
}

#[tokio::test]
async fn a132_a_remembered_token_ends_when_it_ends() {
    for setting in settings() {
        let (signer, time) = (Signer::new("k"), time());
        let jwt = Jwt::new(verifier(ISSUER, Keys::of([&signer]))).cache(setting);
        // Ends in ten seconds, and a leeway of sixty.
        let token = signer.sign(&claims(json!({ "exp": START + 10 })));
        time.advance(Duration::from_secs(11));
        for _ in 0..2 {
            assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
        }
        assert_eq!(jwt.remembered(), 1);
        time.advance(Duration::from_secs(58));
        assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
        time.advance(Duration::from_secs(1));
        assert_eq!(outcome(&jwt, &token, &time).await, "401 expired_token");
    }
}

#[tokio::test]
async fn a132_a_remembered_token_is_judged_by_the_clock_that_it_meets() {
    let (signer, time) = (Signer::new("k"), time());
    let jwt = Jwt::new(verifier(ISSUER, Keys::of([&signer])));
    let token = signer.sign(&claims(json!({})));
    assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
    // The date is set back before the token was issued.
    time.set_wall(UnixTime::from_secs(START - 100));
    assert_eq!(outcome(&jwt, &token, &time).await, "401 not_yet_valid");
    time.set_wall(UnixTime::from_secs(START + 4_000));
    assert_eq!(outcome(&jwt, &token, &time).await, "401 expired_token");
}

#[tokio::test]
async fn a132_a_removed_key_takes_its_tokens_with_it_at_once() {
    for setting in settings() {
        let (first, second, time) = (Signer::new("1"), Signer::new("2"), time());
        let keys = Keys::of([&first, &second]);
        let jwt = Jwt::new(verifier(ISSUER, keys.clone())).cache(setting);
        let (by_first, by_second) = (first.sign(&claims(json!({}))), second.sign(&claims(json!({}))));
        for token in [&by_first, &by_second, &by_first, &by_second] {
            assert_eq!(outcome(&jwt, token, &time).await, format!("{ISSUER} ada"));
        }
        keys.set([&second]);
        assert_eq!(outcome(&jwt, &by_first, &time).await, "401 unknown_key");
        assert_eq!(outcome(&jwt, &by_second, &time).await, format!("{ISSUER} ada"));
        keys.lose();
        assert_eq!(outcome(&jwt, &by_second, &time).await, "503 keys_unavailable");
    }
}

#[tokio::test]
async fn a132_another_key_under_the_same_id_is_another_key() {
    let (first, second, time) = (Signer::new("same"), Signer::new("same"), time());
    let keys = Keys::of([&first]);
    let jwt = Jwt::new(verifier(ISSUER, keys.clone()));
    let token = first.sign(&claims(json!({})));
    assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
    keys.set([&second]);
    assert_eq!(outcome(&jwt, &token, &time).await, "401 bad_signature");
}

#[tokio::test]
async fn a132_tokens_that_differ_anywhere_are_two() {
    for setting in settings() {
        let (signer, stranger, time) = (Signer::new("k"), Signer::new("k"), time());
        let jwt = Jwt::new(verifier(ISSUER, Keys::of([&signer]))).cache(setting);
        let token = signer.sign(&claims(json!({})));
        assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
        // Only the signature is another one; only the claims are others, under the signature that is remembered.
        let forged = stranger.sign(&claims(json!({})));
        assert_eq!(outcome(&jwt, &forged, &time).await, "401 bad_signature");
        let (_, signature) = token.rsplit_once('.').unwrap();
        let other = signer.sign(&claims(json!({ "sub": "bob" })));
        let (signed, _) = other.rsplit_once('.').unwrap();
        assert_eq!(outcome(&jwt, &format!("{signed}.{signature}"), &time).await, "401 bad_signature");
        assert_eq!(outcome(&jwt, &other, &time).await, format!("{ISSUER} bob"));
        assert_eq!(jwt.remembered(), 2);
    }
}

#[tokio::test]
async fn what_is_remembered() {
    let (signer, time) = (Signer::new("k"), time());
    let public = || Jwt::new(verifier(ISSUER, Keys::of([&signer])));
    let secret = || Jwt::new(verifier(ISSUER, secret_keys()));
    let (by_key, by_secret) = (signer.sign(&claims(json!({}))), hs256(&claims(json!({}))));
    let check = async |jwt: Jwt, token: &str, expected: usize| {
        for _ in 0..3 {
            outcome(&jwt, token, &time).await;
        }
        assert_eq!(jwt.remembered(), expected, "{token}");
    };
    check(public(), &by_key, 1).await;
    check(public().without_cache(), &by_key, 0).await;
    check(secret(), &by_secret, 0).await;
    check(secret().cache(TokenCache::new().also_hmac()), &by_secret, 1).await;
    // What does not hold is not remembered.
    check(public(), &by_secret, 0).await;
    check(public(), &signer.sign(&claims(json!({ "aud": "other" }))), 0).await;
    check(public(), &signer.sign(&claims(json!({ "scope": 1 }))), 0).await;
}

#[tokio::test]
async fn a132_other_settings_forget() {
    let (signer, time) = (Signer::new("k"), time());
    let mapping = Mapping::empty().roles_at("/roles".parse().unwrap());
    let issuer = TrustedIssuer::new(verifier(ISSUER, Keys::of([&signer]))).mapping(mapping);
    let roles = |scope: &str| Roles::new([("r", scope.parse().unwrap())]);
    let before = Jwt::new(issuer).roles(roles("delete"));
    let token = signer.sign(&claims(json!({ "roles": ["r"] })));
    assert_eq!(known(&before, &token, &time).await.scopes().to_string(), "delete");
    let after = before.clone().roles(roles("read"));
    assert_eq!(known(&after, &token, &time).await.scopes().to_string(), "read");
    assert_eq!(known(&before, &token, &time).await.scopes().to_string(), "delete");
}

#[tokio::test]
async fn a132_keys_that_change_while_a_token_is_verified_do_not_count_as_checked() {
    let (old, new, time) = (Signer::new("old"), Signer::new("new"), time());
    let keys = Keys::of([&old]);
    *keys.again.lock().unwrap() = Some(set([&old, &new]));
    let jwt = Jwt::new(verifier(ISSUER, keys.clone()));
    let token = new.sign(&claims(json!({})));
    // Verified under keys that came while it waited, and remembered under those before: so it is not believed.
    assert_eq!(outcome(&jwt, &token, &time).await, format!("{ISSUER} ada"));
    keys.set([&old]);
    *keys.again.lock().unwrap() = None;
    assert_eq!(outcome(&jwt, &token, &time).await, "401 unknown_key");
}
