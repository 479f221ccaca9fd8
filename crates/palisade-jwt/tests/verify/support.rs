//! Keys that sign, tokens, and one way to judge them.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaKeyPair,
    },
};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Secret, UnixTime};
use palisade_jwt::{
    Algorithm, Claims, FixedKeys, ForAudience, KeySet, Rejection, Verifier, VerifierBuilder, VerifyingKey,
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const SECRET: &[u8] = b"u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1pT4xWcE8yHdK0aRfGjN6iXoLzMvBqSe2";

pub(crate) fn now() -> UnixTime {
    UnixTime::from_secs(NOW)
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

pub(crate) fn hs256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

pub(crate) fn hmac_key() -> VerifyingKey {
    VerifyingKey::hmac(Algorithm::Hs256, &Secret::new(SECRET)).unwrap()
}

pub(crate) static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());
pub(crate) static EC: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
pub(crate) static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

pub(crate) fn ed_key() -> VerifyingKey {
    VerifyingKey::ed25519(ED.public_key().as_ref()).unwrap()
}

pub(crate) fn ec_key() -> VerifyingKey {
    let (x, y) = EC.public_key().as_ref()[1..].split_at(32);
    VerifyingKey::ec(Algorithm::Es256, x, y).unwrap()
}

/// The public key as DER, in the form of RFC 8017.
pub(crate) fn rsa_der() -> Vec<u8> {
    RSA.public_key().as_ref().to_vec()
}

pub(crate) fn rsa_key(algorithm: Algorithm) -> VerifyingKey {
    VerifyingKey::der(algorithm, &rsa_der()).unwrap()
}

pub(crate) fn ec_sign(message: &[u8]) -> Vec<u8> {
    EC.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

pub(crate) fn rsa_sign(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; RSA.public_modulus_len()];
    let padding = match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_SHA256 as &dyn aws_lc_rs::signature::RsaEncoding,
        _ => &RSA_PSS_SHA256,
    };
    RSA.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

/// A token with these bytes, signed by this function.
pub(crate) fn token(
    header: impl AsRef<[u8]>,
    payload: impl AsRef<[u8]>,
    sign: impl Fn(&[u8]) -> Vec<u8>,
) -> String {
    let signed = format!("{}.{}", b64(header), b64(payload));
    let signature = b64(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A token with these bytes, signed with the shared secret.
pub(crate) fn secret_token(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    token(header, payload, |message| hs256(SECRET, message))
}

pub(crate) fn good() -> Value {
    json!({
        "iss": ISSUER, "sub": "user-1", "aud": "models", "exp": NOW + 600, "iat": NOW - 10, "jti": "t-1",
        "scope": "read_models"
    })
}

pub(crate) fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = good();
    claims[name] = value.into();
    claims
}

pub(crate) fn without(name: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

pub(crate) fn builder() -> VerifierBuilder<ForAudience> {
    Verifier::builder(ISSUER).audience("models")
}

pub(crate) fn set(keys: impl IntoIterator<Item = VerifyingKey>) -> FixedKeys {
    FixedKeys::new(KeySet::new(keys).unwrap())
}

pub(crate) fn verifier() -> Verifier {
    builder().keys(set([hmac_key()])).unwrap()
}

pub(crate) fn judge(verifier: &Verifier, token: &str) -> Result<Arc<Claims>, Rejection> {
    verifier.verify(token, now()).try_now().expect("fixed keys answer at once")
}

/// The verdict on a header before good claims, signed with the shared secret.
pub(crate) fn header(header: &str) -> Result<Arc<Claims>, Rejection> {
    judge(&verifier(), &secret_token(header, good().to_string()))
}

/// The verdict on a payload behind a good header, signed with the shared secret.
pub(crate) fn payload(payload: impl AsRef<[u8]>) -> Result<Arc<Claims>, Rejection> {
    judge(&verifier(), &secret_token(r#"{"alg":"HS256"}"#, payload))
}

pub(crate) fn claims(claims: &Value) -> Result<Arc<Claims>, Rejection> {
    payload(claims.to_string())
}
