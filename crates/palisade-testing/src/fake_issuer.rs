//! An identity provider that exists for one test.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{Router, routing::get};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::header::CONTENT_TYPE;
use palisade_core::{Clock, UnixTime};
use palisade_jwt::{Algorithm, FixedKeys, KeySet, VerifyingKey};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc, time::Duration};

/// An issuer whose key is drawn when it is made and gone when it is dropped; cheap to clone.
///
/// Its tokens say what a test wants them to say, right or wrong. It signs by ES256.
///
/// ```
/// use palisade_core::UnixTime;
/// use palisade_jwt::Verifier;
/// use palisade_testing::FakeIssuer;
///
/// let issuer = FakeIssuer::new("https://issuer.example");
/// let verifier = Verifier::builder(issuer.name()).audience("api").keys(issuer.keys()).unwrap();
/// let now = UnixTime::from_secs(1_800_000_000);
/// let token = issuer.token().audience("api").scopes(["read_models"]).at(now);
/// assert!(verifier.verify(&token.sign(), now).try_now().unwrap().is_ok());
/// assert!(verifier.verify(&token.without("aud").sign(), now).try_now().unwrap().is_err());
/// ```
#[derive(Clone)]
pub struct FakeIssuer(Arc<Inner>);

struct Inner {
    name: String,
    key: EcdsaKeyPair,
}

/// The id of the one key.
const KEY_ID: &str = "throwaway-1";
/// What stands before the point of a P-256 key in a `SubjectPublicKeyInfo` (RFC 5480).
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl FakeIssuer {
    /// An issuer of this name, as tokens write it into `iss`.
    ///
    /// # Panics
    ///
    /// Where the operating system gives no randomness.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn new(name: impl Into<String>) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("randomness");
        Self(Arc::new(Inner { name: name.into(), key }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its public key, as a verifier takes it.
    ///
    /// # Panics
    ///
    /// Never, unless this library is broken.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn keys(&self) -> FixedKeys {
        let (x, y) = self.point();
        let key = VerifyingKey::ec(Algorithm::Es256, x, y).and_then(|key| key.with_id(KEY_ID));
        FixedKeys::new(KeySet::new([key.expect("a point of P-256")]).expect("one key"))
    }

    /// Its key set as a document (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// Serves its key set and its discovery document, as a provider does at its name: for clients that fetch keys.
    pub fn router(&self) -> Router {
        let (jwks, name) = (self.jwks().to_string(), self.name().to_owned());
        let discovery = json!({ "issuer": name, "jwks_uri": format!("{name}/jwks.json") }).to_string();
        Router::new()
            .route("/jwks.json", get(async move || ([(CONTENT_TYPE, "application/json")], jwks)))
            .route(
                "/.well-known/openid-configuration",
                get(async move || ([(CONTENT_TYPE, "application/json")], discovery)),
            )
    }

    /// A token that is about `ada` and holds for ten minutes; say the audience and the scopes.
    pub fn token(&self) -> FakeToken {
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": KEY_ID });
        let claims = json!({ "iss": self.name(), "sub": "ada", "client_id": "test" });
        FakeToken {
            issuer: self.clone(),
            header: object(header),
            claims: object(claims),
            lifetime: Duration::from_secs(600),
            at: None,
            removed: Vec::new(),
        }
    }

    /// Signs these bytes: 64 bytes, as JWS has them (RFC 7518 §3.4).
    ///
    /// # Panics
    ///
    /// Where the operating system gives no randomness.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.key.sign(&SystemRandom::new(), message).expect("randomness").as_ref().to_vec()
    }

    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.point();
        let text = |part: &[u8]| BASE64URL_NOPAD.encode(part);
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID, "x": text(x), "y": text(y) })
    }

    /// What everybody may know of its key, in the forms that others have taken for a secret.
    pub(crate) fn public_forms(&self) -> Vec<(&'static str, Vec<u8>)> {
        let point = self.0.key.public_key().as_ref().to_vec();
        let der = [&SPKI, point.as_slice()].concat();
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        let text = BASE64.encode(&der);
        for line in text.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----");
        let (x, _) = self.point();
        let x = x.to_vec();
        vec![
            ("PEM and a line end", format!("{pem}\n").into_bytes()),
            ("PEM behind a space", format!(" {pem}").into_bytes()),
            ("PEM", pem.into_bytes()),
            ("DER", der),
            ("JWK", self.jwk().to_string().into_bytes()),
            ("JWKS", self.jwks().to_string().into_bytes()),
            ("point", point),
            ("x as text", BASE64URL_NOPAD.encode(&x).into_bytes()),
            ("x", x),
            ("nothing", Vec::new()),
            ("kid", KEY_ID.as_bytes().to_vec()),
        ]
    }

    /// The coordinates of the public point.
    fn point(&self) -> (&[u8], &[u8]) {
        let point = self.0.key.public_key().as_ref();
        point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default()
    }
}

impl fmt::Debug for FakeIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeIssuer").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// A token before it is signed.
#[derive(Clone, Debug)]
#[must_use = "sign it"]
pub struct FakeToken {
    issuer: FakeIssuer,
    pub(crate) header: Map<String, Value>,
    claims: Map<String, Value>,
    lifetime: Duration,
    at: Option<UnixTime>,
    removed: Vec<String>,
}

impl FakeToken {
    /// Whom it is about; `ada` otherwise.
    pub fn subject(self, subject: &str) -> Self {
        self.claim("sub", subject)
    }

    /// Whom it is for.
    pub fn audience(self, audience: &str) -> Self {
        self.claim("aud", audience)
    }

    /// What its bearer may do (RFC 8693 §4.2).
    pub fn scopes<S: AsRef<str>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes: Vec<_> = scopes.into_iter().map(|scope| scope.as_ref().to_owned()).collect();
        self.claim("scope", scopes.join(" "))
    }

    /// Any claim, right or wrong.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Any member of its header, right or wrong; the signature stays one by ES256.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Without this claim, also one that it would have by itself.
    pub fn without(mut self, name: &str) -> Self {
        self.removed.push(name.to_owned());
        self
    }

    /// How long it holds; ten minutes otherwise.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// When it is issued; now otherwise.
    pub const fn at(mut self, now: UnixTime) -> Self {
        self.at = Some(now);
        self
    }

    /// When it is issued.
    pub(crate) fn issued(&self) -> u64 {
        self.at.unwrap_or_else(|| Clock::system().now().wall).as_secs()
    }

    /// Signed, in the compact form (RFC 7515 §7.1).
    #[must_use]
    pub fn sign(&self) -> String {
        self.sign_by(&self.issuer)
    }

    pub(crate) const fn issuer(&self) -> &FakeIssuer {
        &self.issuer
    }

    pub(crate) fn sign_by(&self, issuer: &FakeIssuer) -> String {
        sealed(&Value::Object(self.header.clone()).to_string(), &self.payload(), |it| issuer.sign(it))
    }

    /// Its claims as JSON.
    pub(crate) fn payload(&self) -> String {
        let now = self.issued();
        let mut claims = self.claims.clone();
        let mut or = |name: &str, value: Value| {
            claims.entry(name).or_insert(value);
        };
        or("iat", now.into());
        or("exp", (now + self.lifetime.as_secs()).into());
        or("jti", format!("{:x}", now ^ 0x5ca1_ab1e).into());
        self.removed.iter().for_each(|name| {
            claims.remove(name);
        });
        Value::Object(claims).to_string()
    }
}

/// Header and payload, as they stand, under a signature.
pub(crate) fn sealed(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let message = format!("{}.{}", part(header), part(payload));
    let signature = BASE64URL_NOPAD.encode(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
