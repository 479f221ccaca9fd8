//! What holds where an application says nothing, by its name in the table.

use crate::support::{
    ED, ISSUER, NOW, SECRET, builder, claims, ec_key, ed_key, good, header, hmac_key, judge, rsa_key,
    secret_token, set, token, verifier, with, without,
};
use palisade_core::Secret;
use palisade_jwt::{
    Algorithm, JwksPolicy, KeySet, MAX_JWKS_LEN, MAX_KEYS, MAX_TOKEN_LEN, Rejection, VerifyingKey,
};
use serde_json::json;

#[test]
fn tokens_fit_8_kib() {
    assert_eq!(MAX_TOKEN_LEN, 8_192);
    let long = with("filler", "x".repeat(8_192));
    assert!(claims(&long).is_err());
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let deep = good().to_string().replace("\"t-1\"", &format!("\"t-1\",\"deep\":{deep}"));
    assert!(judge(&verifier(), &secret_token(r#"{"alg":"HS256"}"#, deep)).is_err());
}

#[test]
fn a_key_has_one_algorithm() {
    assert!(header(r#"{"alg":"HS256"}"#).is_ok());
    assert!(header(r#"{"alg":"HS384"}"#).is_err());
    assert!(KeySet::new([hmac_key(), ed_key()]).is_err());
}

#[test]
fn published_algorithms() {
    let policy = JwksPolicy::default();
    use Algorithm::{
        EdDsa, Es256, Es384, Es512, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512,
    };
    for algorithm in [EdDsa, Es256, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512] {
        assert!(policy.allows(algorithm), "{algorithm:?}");
    }
    for algorithm in [Es384, Es512, Hs256, Hs384, Hs512] {
        assert!(!policy.allows(algorithm), "{algorithm:?}");
    }
}

#[test]
fn jwks_has_100_keys_in_512_kib() {
    assert_eq!((MAX_KEYS, MAX_JWKS_LEN), (100, 512 * 1024));
    let document = vec![b' '; MAX_JWKS_LEN + 1];
    assert!(KeySet::from_jwks(&document, &JwksPolicy::default()).is_err());
}

#[test]
fn hmac_secrets_are_as_long_as_the_hash() {
    for (algorithm, len) in [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)] {
        let key = |len: usize| VerifyingKey::hmac(algorithm, &Secret::new(&SECRET[..len]));
        assert!(key(len).is_ok() && key(len - 1).is_err(), "{algorithm:?}");
    }
    assert!(VerifyingKey::hmac(Algorithm::Hs256, &Secret::new("a".repeat(64))).is_err());
}

#[test]
fn token_leeway_is_60_s() {
    let expired = |ago: u64| {
        claims(
            &json!({ "iss": ISSUER, "sub": "user-1", "aud": "models", "iat": NOW - 600, "exp": NOW - ago }),
        )
    };
    assert!(expired(59).is_ok());
    assert_eq!(expired(60).unwrap_err(), Rejection::Expired);
}

#[test]
fn tokens_live_a_day() {
    let life = |secs: u64| {
        claims(&json!({
            "iss": ISSUER, "sub": "user-1", "aud": "models", "iat": NOW, "exp": NOW + secs
        }))
    };
    assert!(life(86_400).is_ok());
    assert!(life(86_401).is_err());
}

#[test]
fn audience_is_required() {
    assert!(claims(&without("aud")).is_err());
    assert!(claims(&with("aud", "other")).is_err());
}

#[test]
fn tokens_are_access_tokens() {
    for typ in ["logout+jwt", "secevent+jwt", "refresh+jwt"] {
        assert!(header(&json!({ "alg": "HS256", "typ": typ }).to_string()).is_err(), "{typ}");
    }
    assert!(header(r#"{"alg":"HS256","typ":"at+jwt"}"#).is_ok());
    let mut id_token = with("nonce", "n");
    id_token.as_object_mut().unwrap().remove("scope");
    assert!(claims(&id_token).is_err());
}

#[test]
fn no_kid_many_keys_is_refused() {
    let one = builder().keys(set([ed_key()])).unwrap();
    let many = builder().keys(set([
        ed_key().with_id("a").unwrap(),
        ec_key().with_id("b").unwrap(),
        rsa_key(Algorithm::Rs256).with_id("c").unwrap(),
    ]));
    let signed =
        token(r#"{"alg":"EdDSA"}"#, good().to_string(), |message| ED.sign(message).as_ref().to_vec());
    assert!(judge(&one, &signed).is_ok());
    assert!(judge(&many.unwrap(), &signed).is_err());
}
