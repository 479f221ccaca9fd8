//! An issuer with one key of each kind, and one token of it under each.

use crate::{ask::Ask, failure::Failure, load::Load};
use aws_lc_rs::{
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Clock, Secret};
use palisade_jwt::{Algorithm, FixedKeys, Jwt, KeySet, Verifier, VerifyingKey};
use serde_json::{Value, json};
use std::hint::black_box;

pub(crate) const ISSUER: &str = "https://login.example.com/realms/main";
pub(crate) const AUDIENCE: &str = "https://api.example.com";
pub(crate) const SECRET: &[u8] = b"u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1";

/// A token, what it was signed with, and what verifies it.
pub(crate) struct Signed {
    pub(crate) token: &'static str,
    /// `SubjectPublicKeyInfo`, or nothing for a secret.
    pub(crate) public: Vec<u8>,
    key: VerifyingKey,
}

impl Signed {
    pub(crate) fn rs256() -> Result<Self, Failure> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(Failure::setup)?;
        let public = pair.public_key().as_der().map_err(Failure::setup)?.as_ref().to_vec();
        let token = token("RS256", |signed| {
            let mut signature = vec![0; pair.public_modulus_len()];
            let random = SystemRandom::new();
            pair.sign(&RSA_PKCS1_SHA256, &random, signed, &mut signature).map_err(Failure::setup)?;
            Ok(signature)
        })?;
        let key = VerifyingKey::der(Algorithm::Rs256, &public).map_err(Failure::setup)?;
        Ok(Self { token, public, key })
    }

    pub(crate) fn eddsa() -> Result<Self, Failure> {
        let pair = Ed25519KeyPair::generate().map_err(Failure::setup)?;
        let token = token("EdDSA", |signed| Ok(pair.sign(signed).as_ref().to_vec()))?;
        let key = VerifyingKey::ed25519(pair.public_key().as_ref()).map_err(Failure::setup)?;
        Ok(Self { token, public: pair.public_key().as_ref().to_vec(), key })
    }

    pub(crate) fn hs256() -> Result<Self, Failure> {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
        let token = token("HS256", |signed| Ok(hmac::sign(&secret, signed).as_ref().to_vec()))?;
        let key = VerifyingKey::hmac(Algorithm::Hs256, &Secret::new(SECRET)).map_err(Failure::setup)?;
        Ok(Self { token, public: Vec::new(), key })
    }

    pub(crate) fn verifier(&self) -> Result<Verifier, Failure> {
        let keys = FixedKeys::new(KeySet::new([self.key.clone()]).map_err(Failure::setup)?);
        Verifier::builder(ISSUER).audience(AUDIENCE).keys(keys).map_err(Failure::setup)
    }

    pub(crate) fn jwt(&self) -> Result<Jwt, Failure> {
        Ok(Jwt::new(self.verifier()?))
    }

    /// The verifier, as a library.
    pub(crate) fn verifying(&self) -> Result<Load, Failure> {
        let (verifier, token) = (self.verifier()?, self.token);
        let now = Clock::system().now().wall;
        Ok(Load::new(move |times| {
            (0..times).try_for_each(|_| {
                let verdict =
                    verifier.verify(black_box(token), now).try_now().map_err(|_| Failure::Pending)?;
                verdict.map(|claims| drop(black_box(claims))).map_err(Failure::setup)
            })
        }))
    }

    /// A request with it.
    pub(crate) fn ask(&self, ask: Ask) -> Ask {
        ask.with_authorization(Box::leak(format!("Bearer {}", self.token).into_boxed_str()))
    }

    /// A request with one of whose signature a bit is wrong.
    pub(crate) fn ask_forged(&self, ask: Ask) -> Ask {
        let (signed, signature) = self.token.rsplit_once('.').unwrap_or_default();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let rest = signature.get(1..).unwrap_or_default();
        ask.with_authorization(Box::leak(format!("Bearer {signed}.{flipped}{rest}").into_boxed_str()))
    }
}

/// What an access token of an identity provider holds. Lives as long as the process, as requests want it.
fn token(
    algorithm: &str,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, Failure>,
) -> Result<&'static str, Failure> {
    let now = Clock::system().now().wall.as_secs();
    let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": "2026-11-a" });
    let claims = json!({
        "iss": ISSUER, "sub": "f7c1c3a0-9f6e-4a37-9d0a-6a0f1d2b7c11", "aud": [AUDIENCE, "account"],
        "iat": now, "exp": now + 36_000, "jti": "3b2f6b0e-61d5-4d3c-a7a2-8a5d6a1f3f52", "client_id": "web-frontend",
        "scope": "openid profile read_models run_inference use_streaming",
    });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = BASE64URL_NOPAD.encode(&sign(signed.as_bytes())?);
    Ok(Box::leak(format!("{signed}.{signature}").into_boxed_str()))
}
