//! Keys that sign tokens.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::UnixTime;
use serde_json::{Value, json};

#[derive(Debug)]
pub struct Signer {
    pair: Ed25519KeyPair,
    pub id: String,
}

impl Signer {
    pub fn new(id: &str) -> Self {
        Self { pair: Ed25519KeyPair::generate().unwrap(), id: id.to_owned() }
    }

    pub fn jwk(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(self.pair.public_key().as_ref());
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.id, "x": x})
    }

    /// A token of this issuer for `api`, good for an hour, whose header names `id`.
    pub fn token_as(&self, id: &str, issuer: &str, now: UnixTime) -> String {
        let now = now.as_secs();
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": id});
        let claims = json!({
            "iss": issuer, "sub": "alice", "aud": "api", "client_id": "app", "jti": "t1",
            "iat": now, "exp": now + 3_600,
        });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }

    pub fn token(&self, issuer: &str, now: UnixTime) -> String {
        self.token_as(&self.id, issuer, now)
    }
}
