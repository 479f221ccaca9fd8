//! What a token is to say.

use super::error::MintError;
use crate::claims::MAX_SUBJECT_LEN;
use palisade_core::{ScopeSet, UnixTime};
use serde_json::{Map, Value};
use std::time::Duration;

/// What a token is to say, of whom.
///
/// ```
/// use palisade_jwt::Grant;
///
/// let grant = Grant::to("ada").scopes("read_models".parse()?).claim("tenant", "acme");
/// # let _ = grant;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a grant is nothing until it is minted"]
pub struct Grant {
    pub(super) subject: Box<str>,
    pub(super) scopes: ScopeSet,
    pub(super) client: Option<Box<str>>,
    pub(super) not_before: Option<UnixTime>,
    pub(super) lifetime: Option<Duration>,
    claims: Map<String, Value>,
}

/// No token has more bytes of further claims, as JSON.
pub const MAX_CLAIMS_LEN: usize = 4_096;
const MAX_CLAIMS: usize = 32;
const MAX_DEPTH: usize = 8;
/// RFC 7519 §4.1 and RFC 9068 §2.2: what an issuer says itself.
const REGISTERED: [&str; 9] = ["aud", "client_id", "exp", "iat", "iss", "jti", "nbf", "scope", "sub"];

impl Grant {
    /// For this subject: 1 to 255 bytes that name one caller for ever, and no password or address.
    pub fn to(subject: impl Into<Box<str>>) -> Self {
        Self {
            subject: subject.into(),
            scopes: ScopeSet::empty(),
            client: None,
            not_before: None,
            lifetime: None,
            claims: Map::new(),
        }
    }

    /// What its bearer may do, as `scope` (RFC 8693 §4.2).
    pub fn scopes(mut self, scopes: ScopeSet) -> Self {
        self.scopes = scopes;
        self
    }

    /// The client that asked for it, as `client_id` (RFC 8693 §4.3).
    pub fn client(mut self, client: impl Into<Box<str>>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// It holds from then on, as `nbf`.
    pub const fn not_before(mut self, at: UnixTime) -> Self {
        self.not_before = Some(at);
        self
    }

    /// It lives for less time than the issuer's tokens do; in whole seconds.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// A further claim; up to 32 with 4,096 bytes in all. What the issuer says itself cannot be said here.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// The further claims, where they are in bounds.
    pub(super) fn further(&self) -> Result<Map<String, Value>, MintError> {
        let named = |(name, _): (&String, &Value)| REGISTERED.contains(&&**name).then(|| name.clone());
        if let Some(name) = self.claims.iter().find_map(named) {
            return Err(MintError::Registered(name));
        }
        if self.claims.len() > MAX_CLAIMS || self.claims.values().any(|value| !is_shallow(value, MAX_DEPTH)) {
            return Err(MintError::TooManyClaims);
        }
        Ok(self.claims.clone())
    }

    /// Whether subject and client can stand in a token.
    pub(super) fn check(&self) -> Result<(), MintError> {
        if !is_name(&self.subject) {
            return Err(MintError::Subject);
        }
        if self.client.as_deref().is_some_and(|client| !is_name(client)) {
            return Err(MintError::Client);
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    (1..=MAX_SUBJECT_LEN).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn is_shallow(value: &Value, depth: usize) -> bool {
    let Some(inner) = depth.checked_sub(1) else { return false };
    match value {
        Value::Array(values) => values.iter().all(|value| is_shallow(value, inner)),
        Value::Object(members) => members.values().all(|value| is_shallow(value, inner)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
