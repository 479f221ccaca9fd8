//! Published sets of keys.

use crate::support::{EC, ED, b64, rsa_der};
use aws_lc_rs::signature::KeyPair as _;
use palisade_jwt::{Algorithm, JwksError, JwksPolicy, KeyError, KeySet, MAX_JWKS_LEN, MAX_KEYS};
use serde_json::{Value, json};

fn ed(id: &str) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": b64(ED.public_key().as_ref())})
}

fn ec(id: &str) -> Value {
    let (x, y) = EC.public_key().as_ref()[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "kid": id, "x": b64(x), "y": b64(y)})
}

fn rsa(id: &str) -> Value {
    let der = rsa_der();
    json!({"kty": "RSA", "kid": id, "n": b64(&der[9..265]), "e": "AQAB"})
}

fn changed(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

fn read(keys: &[Value]) -> (KeySet, Vec<(usize, KeyError)>) {
    let document = json!({"keys": keys}).to_string();
    let (keys, skipped) = KeySet::from_jwks(document.as_bytes(), &JwksPolicy::default()).unwrap();
    (keys, skipped.into_iter().map(|skipped| (skipped.index, skipped.reason)).collect())
}

#[test]
fn a089_a_key_without_alg_has_the_algorithm_of_the_policy() {
    let (keys, skipped) = read(&[
        ed("a"),
        ec("b"),
        rsa("c"),
        changed(rsa("d"), "alg", "PS384"),
        changed(ed("e"), "alg", "Ed25519"),
    ]);
    let algorithms: Vec<_> = keys.keys().iter().map(palisade_jwt::VerifyingKey::algorithm).collect();
    assert_eq!(skipped, []);
    use Algorithm::{EdDsa, Es256, Ps384, Rs256};
    assert_eq!(algorithms, [EdDsa, Es256, Rs256, Ps384, EdDsa]);
    let policy = JwksPolicy::default().rsa_default(Algorithm::Ps256);
    let document = json!({"keys": [rsa("c")]}).to_string();
    let (keys, _) = KeySet::from_jwks(document.as_bytes(), &policy).unwrap();
    assert_eq!(keys.keys()[0].algorithm(), Algorithm::Ps256);
}

#[test]
fn a099_two_keys_with_one_id_are_both_unusable() {
    let (keys, skipped) = read(&[ed("a"), ec("b"), ec("a")]);
    assert_eq!(keys.keys().len(), 1);
    assert!(keys.by_id("b").is_some() && keys.by_id("a").is_none());
    assert_eq!(skipped, [(0, KeyError::DuplicateKeyId), (2, KeyError::DuplicateKeyId)]);
    let (keys, skipped) = read(&[ed("a"), changed(ec("a"), "use", "enc")]);
    assert!(keys.is_empty(), "also where one of the two could not be used");
    assert_eq!(skipped.len(), 2);
    let unnamed = |mut jwk: Value| {
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    assert_eq!(read(&[unnamed(ed("a")), unnamed(ec("a"))]).0.len(), 2, "no id is not one id");
}

#[test]
fn a100_keys_for_something_else_are_skipped_with_the_reason() {
    let p384 = json!({"kty": "EC", "crv": "P-384", "x": b64([1; 48]), "y": b64([1; 48])});
    for (jwk, reason) in [
        (changed(rsa("a"), "use", "enc"), KeyError::NotForVerifying),
        (changed(rsa("a"), "use", 1), KeyError::BadMember("use")),
        (changed(ec("a"), "key_ops", json!(["encrypt"])), KeyError::NotForVerifying),
        (changed(ec("a"), "key_ops", json!(["sign"])), KeyError::NotForVerifying),
        (changed(ec("a"), "key_ops", json!([])), KeyError::NotForVerifying),
        (changed(ec("a"), "key_ops", "verify"), KeyError::BadMember("key_ops")),
        (changed(ec("a"), "key_ops", json!(["verify", 1])), KeyError::BadMember("key_ops")),
        (changed(ec("a"), "d", "AAAA"), KeyError::Private),
        (changed(ed("a"), "d", "AAAA"), KeyError::Private),
        (changed(rsa("a"), "p", "AAAA"), KeyError::Private),
        (changed(rsa("a"), "oth", json!([])), KeyError::Private),
        (json!({"kty": "oct", "alg": "HS256", "k": b64([7; 32])}), KeyError::Symmetric),
        (changed(ed("a"), "alg", "HS256"), KeyError::AlgorithmMismatch),
        (changed(rsa("a"), "alg", "ES256"), KeyError::AlgorithmMismatch),
        (changed(ec("a"), "alg", "ES384"), KeyError::AlgorithmMismatch),
        (changed(rsa("a"), "alg", "RSA-OAEP"), KeyError::AlgorithmMismatch),
        (changed(rsa("a"), "alg", "none"), KeyError::AlgorithmMismatch),
        (changed(ec("a"), "crv", "secp256k1"), KeyError::UnsupportedKind),
        (changed(ed("a"), "crv", "X25519"), KeyError::UnsupportedKind),
        (changed(ed("a"), "kty", "AKP"), KeyError::UnsupportedKind),
        (changed(ed("a"), "kty", 1), KeyError::BadMember("kty")),
        (changed(ed("a"), "kid", 1), KeyError::BadMember("kid")),
        (changed(ed("a"), "kid", ""), KeyError::BadKeyId),
        (changed(ed("a"), "kid", "a\nb"), KeyError::BadKeyId),
        (changed(ed("a"), "x", "AAAA"), KeyError::Malformed(Algorithm::EdDsa)),
        (changed(ed("a"), "x", "===="), KeyError::BadMember("x")),
        (changed(ed("a"), "x", json!([1])), KeyError::BadMember("x")),
        (p384, KeyError::NotAllowed(Algorithm::Es384)),
        (json!("key"), KeyError::BadMember("(key)")),
        (json!({}), KeyError::BadMember("kty")),
    ] {
        let (keys, skipped) = read(&[jwk.clone(), ed("good")]);
        assert_eq!((keys.len(), skipped), (1, vec![(0, reason)]), "{jwk}");
    }
    let (keys, skipped) =
        read(&[changed(ec("a"), "key_ops", json!(["verify"])), changed(ed("b"), "use", "sig")]);
    assert_eq!((keys.len(), skipped), (2, vec![]));
}

#[test]
fn a130_published_rsa_keys_have_bounds() {
    let sized = |bytes: usize| json!({"kty": "RSA", "n": b64(vec![0xff; bytes]), "e": "AQAB"});
    let told = |jwk: Value, policy: &JwksPolicy| {
        let document = json!({"keys": [jwk]}).to_string();
        KeySet::from_jwks(document.as_bytes(), policy).unwrap().1.first().map(|skipped| skipped.reason)
    };
    let usual = JwksPolicy::default();
    let large = JwksPolicy::default().large_rsa();
    assert_eq!(told(sized(255), &usual), Some(KeyError::RsaSize { bits: 2_040, most: 4_096 }));
    assert_eq!(told(sized(512), &usual), None);
    assert_eq!(told(sized(513), &usual), Some(KeyError::RsaSize { bits: 4_104, most: 4_096 }));
    assert_eq!(told(sized(1_024), &large), None);
    assert_eq!(told(sized(1_025), &large), Some(KeyError::RsaSize { bits: 8_200, most: 8_192 }));
    assert_eq!(told(changed(rsa("a"), "e", "AQ"), &usual), Some(KeyError::UnsoundRsa));
    assert_eq!(told(changed(rsa("a"), "e", "Ag"), &usual), Some(KeyError::UnsoundRsa));
}

#[test]
fn one_bad_key_never_spoils_the_set() {
    let text =
        format!(r#"{{"keys":[{{"kty":"OKP","kty":"EC"}},{}],"keys2":[1,{{"a":1,"a":2}}]}}"#, ed("good"));
    let (keys, skipped) = KeySet::from_jwks(text.as_bytes(), &JwksPolicy::default()).unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!((skipped[0].index, skipped[0].reason), (0, KeyError::BadMember("(twice)")));
}

#[test]
fn documents_that_are_no_key_set() {
    let read = |text: &[u8]| KeySet::from_jwks(text, &JwksPolicy::default()).map(|(keys, _)| keys.len());
    for (text, expected) in [
        ("<html>", JwksError::NotJson),
        ("", JwksError::NotJson),
        ("\u{feff}{\"keys\":[]}", JwksError::NotJson),
        (r#"{"keys":[]"#, JwksError::NotJson),
        (r#"{"keys":[]}x"#, JwksError::NotJson),
        (r#"{"keys":[],"keys":[]}"#, JwksError::NotJson),
        (r#"{"keys":[],"k\u0065ys":[]}"#, JwksError::NotJson),
        ("[]", JwksError::NoKeys),
        ("null", JwksError::NoKeys),
        ("{}", JwksError::NoKeys),
        (r#"{"Keys":[]}"#, JwksError::NoKeys),
        (r#"{"keys":{}}"#, JwksError::NoKeys),
        (r#"{"keys":null}"#, JwksError::NoKeys),
    ] {
        assert_eq!(read(text.as_bytes()), Err(expected), "{text}");
    }
    assert_eq!(read(br#"{"keys":[]}"#), Ok(0));
    assert_eq!(read(b"{\"keys\":[\"\xff\"]}"), Err(JwksError::NotJson));
    let deep = format!(r#"{{"keys":[{}{}]}}"#, "[".repeat(40), "]".repeat(40));
    assert_eq!(read(deep.as_bytes()), Err(JwksError::NotJson));
    let long = format!(r#"{{"keys":[]{}}}"#, " ".repeat(MAX_JWKS_LEN));
    assert_eq!(read(long.as_bytes()), Err(JwksError::TooLong));
}

#[test]
fn a157_a_hundred_keys_are_enough() {
    let keys: Vec<_> = (0..1_000).map(|n| ed(&n.to_string())).collect();
    let (keys, skipped) = read(&keys);
    assert_eq!(keys.len(), MAX_KEYS);
    assert_eq!(skipped.len(), MAX_KEYS, "and enough is said of the rest");
    assert_eq!(skipped[0], (MAX_KEYS, KeyError::OverLimit));
    let mut late: Vec<_> = (0..150).map(|n| changed(ed(&n.to_string()), "use", "enc")).collect();
    late.push(ed("good"));
    assert_eq!(read(&late).0.len(), 1, "keys that cannot be used take no place");
}
