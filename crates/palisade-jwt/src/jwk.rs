//! One JSON Web Key (RFC 7517).

use crate::{
    algorithm::{Algorithm, Family},
    json,
    jwks_policy::JwksPolicy,
    key_error::KeyError,
    verifying_key::VerifyingKey,
};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::Secret;
use serde_json::{Map, Value};

/// Members of private keys, beside `k` of shared secrets (RFC 7518 §6.2.2, §6.3.2).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"];

impl VerifyingKey {
    /// Reads one JWK (RFC 7517), such as stands in a file of one's own.
    ///
    /// A shared secret (`kty` `oct`) is taken here, where it names its `alg`; in a [set](crate::KeySet::from_jwks) it is not.
    ///
    /// ```
    /// use palisade_jwt::{Algorithm, JwksPolicy, VerifyingKey};
    ///
    /// let jwk = r#"{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// let key = VerifyingKey::from_jwk(jwk.as_bytes(), &JwksPolicy::default())?;
    /// assert_eq!((key.algorithm(), key.id()), (Algorithm::EdDsa, Some("k1")));
    /// # Ok::<(), palisade_jwt::KeyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the key: see [`KeyError`].
    pub fn from_jwk(jwk: &[u8], policy: &JwksPolicy) -> Result<Self, KeyError> {
        let members = json::object(jwk).map_err(|_| KeyError::BadMember("(document)"))?;
        if members.get("kty").and_then(Value::as_str) == Some("oct") {
            secret(&members)
        } else {
            public(&members, policy)
        }
    }
}

/// A public key.
pub(crate) fn public(jwk: &Map<String, Value>, policy: &JwksPolicy) -> Result<VerifyingKey, KeyError> {
    let kind = text(jwk, "kty")?.ok_or(KeyError::BadMember("kty"))?;
    if kind == "oct" {
        return Err(KeyError::Symmetric);
    }
    if PRIVATE.iter().any(|name| jwk.contains_key(*name)) {
        return Err(KeyError::Private);
    }
    check_purpose(jwk)?;
    let curve = text(jwk, "crv")?;
    let natural = match (kind, curve) {
        ("RSA", _) => policy.default_for_rsa(),
        ("EC", Some("P-256")) => Algorithm::Es256,
        ("EC", Some("P-384")) => Algorithm::Es384,
        ("EC", Some("P-521")) => Algorithm::Es512,
        ("OKP", Some("Ed25519")) => Algorithm::EdDsa,
        _ => return Err(KeyError::UnsupportedKind),
    };
    let algorithm = match declared(jwk)? {
        // For curves there is but one.
        Some(declared) if declared == natural || (kind == "RSA" && declared.family() == Family::Rsa) => {
            declared
        }
        Some(_) => return Err(KeyError::AlgorithmMismatch),
        None => natural,
    };
    if !policy.allows(algorithm) {
        return Err(KeyError::NotAllowed(algorithm));
    }
    let key = match kind {
        "RSA" => VerifyingKey::rsa_up_to(algorithm, &bytes(jwk, "n")?, &bytes(jwk, "e")?, policy.rsa_bits())?,
        "EC" => VerifyingKey::ec(algorithm, &bytes(jwk, "x")?, &bytes(jwk, "y")?)?,
        _ => VerifyingKey::ed25519(&bytes(jwk, "x")?)?,
    };
    named(jwk, key)
}

fn secret(jwk: &Map<String, Value>) -> Result<VerifyingKey, KeyError> {
    check_purpose(jwk)?;
    let algorithm = declared(jwk)?.ok_or(KeyError::BadMember("alg"))?;
    if !algorithm.is_symmetric() {
        return Err(KeyError::AlgorithmMismatch);
    }
    named(jwk, VerifyingKey::hmac(algorithm, &Secret::new(bytes(jwk, "k")?))?)
}

fn named(jwk: &Map<String, Value>, key: VerifyingKey) -> Result<VerifyingKey, KeyError> {
    match text(jwk, "kid")? {
        Some(id) => key.with_id(id),
        None => Ok(key),
    }
}

fn declared(jwk: &Map<String, Value>) -> Result<Option<Algorithm>, KeyError> {
    text(jwk, "alg")?.map(|name| Algorithm::from_name(name).ok_or(KeyError::AlgorithmMismatch)).transpose()
}

/// `use` is `sig` and `key_ops` has `verify`, where they are there (RFC 7517 §4.2, §4.3).
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), KeyError> {
    if text(jwk, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyError::NotForVerifying);
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(acts)) if acts.iter().all(Value::is_string) => {
            if acts.iter().any(|act| act == "verify") { Ok(()) } else { Err(KeyError::NotForVerifying) }
        }
        Some(_) => Err(KeyError::BadMember("key_ops")),
    }
}

fn text<'j>(jwk: &'j Map<String, Value>, name: &'static str) -> Result<Option<&'j str>, KeyError> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyError::BadMember(name)),
    }
}

fn bytes(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    let encoded = text(jwk, name)?.ok_or(KeyError::BadMember(name))?;
    BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| KeyError::BadMember(name))
}
