//! What a token says.

use crate::{
    json::{self, JsonError},
    rejection::Rejection,
};
use palisade_core::UnixTime;
use serde_json::{Map, Value};

/// No `sub` is longer, in bytes (OpenID Connect Core §2).
pub const MAX_SUBJECT_LEN: usize = 255;
/// No `jti` is longer, in bytes.
pub const MAX_TOKEN_ID_LEN: usize = 256;

/// The claims of a token (RFC 7519 §4): the registered ones typed, the rest as JSON.
///
/// Made by a [`Verifier`](crate::Verifier) alone, from bytes whose signature held.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    issuer: Box<str>,
    subject: Box<str>,
    audience: Box<[Box<str>]>,
    expires: u64,
    not_before: Option<u64>,
    issued_at: Option<u64>,
    id: Option<Box<str>>,
    typ: Option<Box<str>>,
    rest: Value,
}

impl Claims {
    /// `iss`: who says it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: about whom; unique within the issuer only.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `aud`: for whom; empty only where [any audience](crate::VerifierBuilder::any_audience) is taken.
    #[must_use]
    pub fn audience(&self) -> impl ExactSizeIterator<Item = &str> {
        self.audience.iter().map(|audience| &**audience)
    }

    /// `exp`: when it ends; half-open, so at this very second it has ended (give or take the leeway).
    #[must_use]
    pub const fn expires(&self) -> UnixTime {
        UnixTime::from_secs(self.expires)
    }

    /// `nbf`: from when on it holds.
    #[must_use]
    pub fn not_before(&self) -> Option<UnixTime> {
        self.not_before.map(UnixTime::from_secs)
    }

    /// `iat`: when it was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<UnixTime> {
        self.issued_at.map(UnixTime::from_secs)
    }

    /// `jti`: its own id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// `typ` of the header, in lower case and without `application/`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// A claim that is not one of the above, by name; case counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.rest.get(name)
    }

    /// A value within such a claim, by JSON pointer (RFC 6901): `/realm_access/roles`.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        self.rest.pointer(pointer)
    }

    pub(crate) const fn expires_secs(&self) -> u64 {
        self.expires
    }

    pub(crate) const fn not_before_secs(&self) -> Option<u64> {
        self.not_before
    }

    pub(crate) const fn issued_at_secs(&self) -> Option<u64> {
        self.issued_at
    }

    /// Reads a payload: types, lengths and ranges, not yet whether they hold here.
    pub(crate) fn parse(payload: &[u8], typ: Option<Box<str>>) -> Result<Self, Rejection> {
        let mut members = json::object(payload).map_err(|error| match error {
            JsonError::Duplicate => Rejection::DuplicateMember,
            JsonError::Syntax | JsonError::Deep | JsonError::NotAnObject => Rejection::BadPayload,
        })?;
        let Some(Value::String(issuer)) = members.remove("iss") else { return Err(Rejection::WrongIssuer) };
        let subject = text(&mut members, "sub", MAX_SUBJECT_LEN)?.ok_or(Rejection::BadClaim)?;
        let audience = audience(members.remove("aud"))?;
        let expires = date(&mut members, "exp")?.ok_or(Rejection::BadClaim)?;
        let not_before = date(&mut members, "nbf")?;
        let issued_at = date(&mut members, "iat")?;
        let id = text(&mut members, "jti", MAX_TOKEN_ID_LEN)?;
        let rest = Value::Object(members);
        Ok(Self { issuer: issuer.into(), subject, audience, expires, not_before, issued_at, id, typ, rest })
    }
}

/// A string that is not empty, not long, and can be printed.
fn text(
    members: &mut Map<String, Value>,
    name: &'static str,
    most: usize,
) -> Result<Option<Box<str>>, Rejection> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text))
            if (1..=most).contains(&text.len()) && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.into()))
        }
        Some(_) => Err(Rejection::BadClaim),
    }
}

/// One string or several (RFC 7519 §4.1.3).
fn audience(value: Option<Value>) -> Result<Box<[Box<str>]>, Rejection> {
    let one = |value| match value {
        Value::String(text) if !text.is_empty() => Ok(text.into()),
        _ => Err(Rejection::WrongAudience),
    };
    match value {
        None => Ok(Box::default()),
        Some(Value::Array(several)) if several.is_empty() => Err(Rejection::WrongAudience),
        Some(Value::Array(several)) => several.into_iter().map(one).collect(),
        Some(value) => Ok(Box::new([one(value)?])),
    }
}

/// Beyond this, integers and floats no longer agree.
const MAX_DATE: u64 = 1 << 53;

/// Seconds since the epoch; a fraction is cut off (RFC 7519 §2, `NumericDate`).
fn date(members: &mut Map<String, Value>, name: &'static str) -> Result<Option<u64>, Rejection> {
    let Some(value) = members.remove(name) else { return Ok(None) };
    let whole = value.as_u64();
    let seconds = whole.or_else(|| {
        let fraction = value.as_f64().filter(|seconds| (0.0..MAX_DATE as f64).contains(seconds));
        // In range, so that the cast only cuts the fraction off.
        fraction.map(|seconds| seconds as u64)
    });
    seconds.filter(|seconds| *seconds < MAX_DATE).map(Some).ok_or(Rejection::BadClaim)
}
