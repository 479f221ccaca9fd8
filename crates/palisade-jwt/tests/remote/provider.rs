//! A provider without a wire, and everything around it.

use crate::{
    signer::Signer,
    told::{Told, until},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use palisade_core::{Clock, ManualClock, Reply, UnixTime};
use palisade_jwt::{
    KeySource, Rejection, Verifier,
    remote::{Answer, Fetch, Question, RemoteError, RemoteErrorKind, RemoteKeys, RemoteKeysBuilder},
};
use serde_json::{Value, json};
use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

pub const ISSUER: &str = "https://id.example.com/main";
const JWKS: &str = "https://id.example.com/main/jwks";

/// What a provider does when it is asked.
#[derive(Clone, Debug)]
pub enum Says {
    Json(Value),
    Text(&'static str, &'static str),
    Status(u16),
    Fails(RemoteErrorKind),
    /// Never answers.
    Hangs,
    Panics,
}

/// Answers questions as it was told to.
#[derive(Clone, Debug)]
pub struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    description: Mutex<Says>,
    keys: Mutex<Says>,
    headers: Mutex<HeaderMap>,
    delay: Mutex<Duration>,
    asked: Mutex<Vec<Question>>,
    keys_asked: AtomicUsize,
}

impl Provider {
    pub fn new(issuer: &str, signers: &[&Signer]) -> Self {
        let description = Says::Json(json!({"issuer": issuer, "jwks_uri": JWKS}));
        Self(Arc::new(Inner {
            description: Mutex::new(description),
            keys: Mutex::new(Says::Json(jwks(signers))),
            headers: Mutex::default(),
            delay: Mutex::default(),
            asked: Mutex::default(),
            keys_asked: AtomicUsize::new(0),
        }))
    }

    pub fn description(&self, says: Says) {
        *self.0.description.lock().unwrap() = says;
    }

    pub fn keys(&self, says: Says) {
        *self.0.keys.lock().unwrap() = says;
    }

    pub fn publish(&self, signers: &[&Signer]) {
        self.keys(Says::Json(jwks(signers)));
    }

    pub fn header(&self, name: HeaderName, value: &'static str) {
        self.0.headers.lock().unwrap().insert(name, HeaderValue::from_static(value));
    }

    pub fn delay(&self, delay: Duration) {
        *self.0.delay.lock().unwrap() = delay;
    }

    /// How often the keys were asked for.
    pub fn rounds(&self) -> usize {
        self.0.keys_asked.load(SeqCst)
    }

    pub fn asked(&self) -> Vec<Question> {
        self.0.asked.lock().unwrap().clone()
    }

    /// Whoever else holds it.
    pub fn others(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

pub fn jwks(signers: &[&Signer]) -> Value {
    json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()})
}

impl Fetch for Provider {
    fn get(&self, question: Question) -> Reply<Result<Answer, RemoteError>> {
        let is_keys = question.url == JWKS;
        let says = if is_keys {
            self.0.keys_asked.fetch_add(1, SeqCst);
            self.0.keys.lock().unwrap().clone()
        } else {
            self.0.description.lock().unwrap().clone()
        };
        let mut headers = if is_keys { self.0.headers.lock().unwrap().clone() } else { HeaderMap::new() };
        let delay = *self.0.delay.lock().unwrap();
        let had_etag = question.etag.is_some() && question.etag.as_ref() == headers.get("etag");
        self.0.asked.lock().unwrap().push(question);
        Reply::later(async move {
            tokio::time::sleep(delay).await;
            let (status, kind, body) = match says {
                Says::Json(_) if had_etag => (304, "application/json", String::new()),
                Says::Json(value) => (200, "application/json", value.to_string()),
                Says::Text(kind, text) => (200, kind, text.to_owned()),
                Says::Status(status) => (status, "application/json", "{}".to_owned()),
                Says::Fails(kind) => return Err(RemoteError::new(kind, "on purpose")),
                Says::Hangs => pending().await,
                Says::Panics => panic!("on purpose"),
            };
            headers.insert("content-type", HeaderValue::from_static(kind));
            Ok(Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::from(body) })
        })
    }
}

/// A provider, its keys in a verifier, and the time.
pub struct World {
    pub provider: Provider,
    pub keys: RemoteKeys,
    pub verifier: Verifier,
    pub time: ManualClock,
    pub told: Told,
    pub issuer: String,
}

impl World {
    pub fn new(signers: &[&Signer]) -> Self {
        Self::of(ISSUER, Provider::new(ISSUER, signers), |builder| builder)
    }

    pub fn of(
        issuer: &str,
        provider: Provider,
        with: impl FnOnce(RemoteKeysBuilder) -> RemoteKeysBuilder,
    ) -> Self {
        let (time, told) = (ManualClock::new(UnixTime::from_secs(1_700_000_000)), Told::default());
        let builder = RemoteKeys::issuer(issuer).fetch(provider.clone());
        let keys = with(builder.clock(Clock::manual(&time)).events(told.clone())).build().unwrap();
        let verifier = Verifier::builder(issuer).audience("api").keys(keys.clone()).unwrap();
        Self { provider, keys, verifier, time, told, issuer: issuer.to_owned() }
    }

    /// The same, with keys.
    pub async fn loaded(signers: &[&Signer]) -> Self {
        let world = Self::new(signers);
        until("the first keys", || world.keys.status().is_usable()).await;
        world
    }

    pub fn verify(&self, token: &str) -> Reply<Result<String, Rejection>> {
        let verdict = self.verifier.verify(token, self.time.now().wall);
        verdict.map(|verdict| verdict.map(|claims| claims.subject().to_owned()))
    }

    pub fn token(&self, signer: &Signer) -> String {
        signer.token(&self.issuer, self.time.now().wall)
    }

    /// Lets time pass, and the background do what is then due.
    pub async fn pass(&self, seconds: u64) {
        self.time.advance(Duration::from_secs(seconds));
        drop(KeySource::current(&self.keys));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
