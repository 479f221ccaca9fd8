//! Keys as JSON Web Keys.

use super::{error::SigningKeyError, key::SigningKey, material::Material};
use crate::algorithm::Algorithm;
use data_encoding::BASE64URL_NOPAD;
use palisade_core::Secret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// A private key as it is written. Its parts are read where they stand and copied nowhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivateJwk<'f> {
    #[serde(borrow)]
    kid: Cow<'f, str>,
    alg: &'f str,
    kty: &'f str,
    #[serde(default)]
    crv: Option<&'f str>,
    #[serde(default)]
    x: Option<&'f str>,
    #[serde(default)]
    y: Option<&'f str>,
    #[serde(default)]
    d: Option<&'f str>,
    #[serde(default)]
    k: Option<&'f str>,
}

impl SigningKey {
    /// The public key as a JWK (RFC 7517 §4, RFC 7518 §6.2, RFC 8037 §2); none of a shared secret, which is never told.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Value> {
        let bytes = self.public_bytes()?;
        let (alg, kid) = (self.algorithm().name(), self.id());
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        Some(match Material::coordinates(bytes) {
            None => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(bytes), "use": "sig", "alg": alg, "kid": kid })
            }
            Some((x, y)) => json!({
                "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y), "use": "sig", "alg": alg, "kid": kid,
            }),
        })
    }
}

/// The private key; written by hand into memory that is wiped.
pub(super) fn private(key: &SigningKey) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(1_024));
    let mut member = |name: &str, value: &str| {
        let begins = if text.is_empty() { "{\"" } else { "\",\"" };
        text.push_str(begins);
        text.push_str(name);
        text.push_str("\":\"");
        text.push_str(value);
    };
    // Any other id than one of ours may hold what JSON writes in another way.
    let kid = Value::from(key.id()).to_string();
    member("kid", kid.strip_prefix('"').and_then(|kid| kid.strip_suffix('"')).unwrap_or_default());
    member("alg", key.algorithm().name());
    let secret = Zeroizing::new(BASE64URL_NOPAD.encode(key.private_bytes().expose()));
    match key.public_bytes() {
        None => {
            member("kty", "oct");
            member("k", &secret);
        }
        Some(public) => {
            if let Some((x, y)) = Material::coordinates(public) {
                member("kty", "EC");
                member("crv", "P-256");
                member("x", &BASE64URL_NOPAD.encode(x));
                member("y", &BASE64URL_NOPAD.encode(y));
            } else {
                member("kty", "OKP");
                member("crv", "Ed25519");
                member("x", &BASE64URL_NOPAD.encode(public));
            }
            member("d", &secret);
        }
    }
    text.push_str("\"}");
    text
}

pub(super) fn read(file: &Secret) -> Result<SigningKey, SigningKeyError> {
    // What serde says of a mistake may repeat what it read.
    let jwk: PrivateJwk<'_> =
        serde_json::from_slice(file.expose()).map_err(|_| SigningKeyError::Malformed)?;
    jwk.into_key()
}

impl PrivateJwk<'_> {
    pub(super) fn into_key(self) -> Result<SigningKey, SigningKeyError> {
        let algorithm = Algorithm::from_name(self.alg).ok_or(SigningKeyError::Malformed)?;
        let (private, public) = match (self.kty, self.crv, algorithm) {
            ("oct", None, _) if algorithm.is_symmetric() => (decode(self.k)?, None),
            ("OKP", Some("Ed25519"), Algorithm::EdDsa) => (decode(self.d)?, Some(decode(self.x)?)),
            ("EC", Some("P-256"), Algorithm::Es256) => {
                let point = [&[4], &**decode(self.x)?, &**decode(self.y)?].concat();
                (decode(self.d)?, Some(Zeroizing::new(point)))
            }
            _ => return Err(SigningKeyError::Malformed),
        };
        let public = public.as_ref().map(|public| &***public);
        SigningKey::new(algorithm, Secret::new(&**private), public)?.with_id(&self.kid)
    }
}

fn decode(text: Option<&str>) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
    let bytes = text.and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
    bytes.map(Zeroizing::new).ok_or(SigningKeyError::Malformed)
}
