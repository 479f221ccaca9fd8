//! Issuers of tests, and what becomes of their tokens.

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, Request, header::AUTHORIZATION};
use palisade_core::{
    Authenticate, Clock, Event, EventSink, Facts, Guard as _, Identity, ManualClock, Principal, Reply,
    Secret, TokenEvent, UnixTime,
};
use palisade_jwt::{Algorithm, FixedKeys, Jwt, KeySet, KeySource, Verifier, VerifyingKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const SECRET: &str = "u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1";
/// When tests begin.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) fn time() -> ManualClock {
    ManualClock::new(UnixTime::from_secs(START))
}

/// Claims that hold for an hour, with these beside or instead; `null` leaves one out.
pub(crate) fn claims(others: Value) -> Value {
    let mut claims = json!({ "iss": ISSUER, "aud": "api", "sub": "ada", "iat": START, "exp": START + 3_600 });
    for (name, value) in others.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn encode(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = BASE64URL_NOPAD.encode(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A token under the shared secret.
pub(crate) fn hs256(claims: &Value) -> String {
    hs256_typed("at+jwt", claims)
}

/// One with another `typ`.
pub(crate) fn hs256_typed(typ: &str, claims: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let header = json!({ "alg": "HS256", "typ": typ });
    encode(&header, claims, |signed| hmac::sign(&key, signed).as_ref().to_vec())
}

pub(crate) fn secret_keys() -> FixedKeys {
    let key = VerifyingKey::hmac(Algorithm::Hs256, &Secret::new(SECRET)).unwrap();
    FixedKeys::new(KeySet::new([key]).unwrap())
}

/// A private key, and the id under which its public part is published.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    id: &'static str,
}

impl Signer {
    pub(crate) fn new(id: &'static str) -> Self {
        Self { pair: Ed25519KeyPair::generate().unwrap(), id }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.id });
        encode(&header, claims, |signed| self.pair.sign(signed).as_ref().to_vec())
    }

    pub(crate) fn key(&self) -> VerifyingKey {
        VerifyingKey::ed25519(self.pair.public_key().as_ref()).unwrap().with_id(self.id).unwrap()
    }
}

/// Keys that a test changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    current: Arc<Mutex<Option<Arc<KeySet>>>>,
    /// What looking again brings, later; nothing where it is not set.
    pub(crate) again: Arc<Mutex<Option<Arc<KeySet>>>>,
}

impl Keys {
    pub(crate) fn of<'s>(signers: impl IntoIterator<Item = &'s Signer>) -> Self {
        let keys = Self::default();
        keys.set(signers);
        keys
    }

    pub(crate) fn set<'s>(&self, signers: impl IntoIterator<Item = &'s Signer>) {
        *self.current.lock().unwrap() = Some(set(signers));
    }

    pub(crate) fn lose(&self) {
        *self.current.lock().unwrap() = None;
    }
}

pub(crate) fn set<'s>(signers: impl IntoIterator<Item = &'s Signer>) -> Arc<KeySet> {
    Arc::new(KeySet::new(signers.into_iter().map(Signer::key)).unwrap())
}

impl KeySource for Keys {
    fn current(&self) -> Option<Arc<KeySet>> {
        self.current.lock().unwrap().clone()
    }

    fn missing(&self, _: &str) -> Reply<Option<Arc<KeySet>>> {
        let this = self.clone();
        Reply::later(async move {
            tokio::task::yield_now().await;
            let again = this.again.lock().unwrap().clone();
            if again.is_some() {
                this.current.lock().unwrap().clone_from(&again);
            }
            this.current()
        })
    }
}

pub(crate) fn verifier(issuer: &str, keys: impl KeySource) -> Verifier {
    Verifier::builder(issuer).audience("api").keys(keys).unwrap()
}

/// Hears what happens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ear(Arc<Mutex<Vec<String>>>);

impl EventSink for Ear {
    fn emit(&self, event: &Event) {
        let heard = match event {
            Event::Token(TokenEvent::Rejected { issuer, reason }) => {
                format!("rejected {} {reason}", issuer.as_deref().unwrap_or("-"))
            }
            Event::Token(TokenEvent::Undecided { issuer, reason }) => {
                format!("undecided {} {reason}", issuer.as_deref().unwrap_or("-"))
            }
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(heard);
    }
}

impl Ear {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// What the facts say of a caller with this token.
pub(crate) async fn identity(jwt: &Jwt, token: &str, time: &ManualClock) -> Identity {
    of_field(&Authenticate::with(jwt.clone()), &format!("Bearer {token}"), time).await
}

pub(crate) async fn of_field(authenticate: &Authenticate, field: &str, time: &ManualClock) -> Identity {
    let mut head = Request::new(()).into_parts().0;
    head.headers.insert(AUTHORIZATION, HeaderValue::from_str(field).unwrap());
    let facts = Facts::new(Clock::manual(time));
    let _ = authenticate.clone().identify().check_and_seal(&mut head, &facts).await;
    facts.identity().unwrap().clone()
}

pub(crate) async fn known(jwt: &Jwt, token: &str, time: &ManualClock) -> Principal {
    match identity(jwt, token, time).await {
        Identity::Known(principal) => principal,
        other => panic!("{other:?}"),
    }
}

/// The subject's name, or status and reason.
pub(crate) async fn outcome(jwt: &Jwt, token: &str, time: &ManualClock) -> String {
    match identity(jwt, token, time).await {
        Identity::Known(principal) => principal.id().to_owned(),
        Identity::Refused(denial) => format!("{} {}", denial.kind().status().as_u16(), denial.reason()),
        other => panic!("{other:?}"),
    }
}
