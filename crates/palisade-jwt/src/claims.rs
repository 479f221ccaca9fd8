//! What a token says.

use crate::{
    json::{JsonError, Reader},
    rejection::Rejection,
};
use palisade_core::UnixTime;
use serde_json::{Map, Value};
use std::fmt;

/// No `sub` is longer, in bytes (OpenID Connect Core §2).
pub const MAX_SUBJECT_LEN: usize = 255;
/// No `jti` is longer, in bytes.
pub const MAX_TOKEN_ID_LEN: usize = 256;

/// The claims of a token (RFC 7519 §4): the registered ones typed, the rest as JSON.
///
/// Made by a [`Verifier`](crate::Verifier) alone, from bytes whose signature held.
#[derive(Clone, PartialEq)]
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
        let refused = |error| match error {
            JsonError::Duplicate => Rejection::DuplicateMember,
            JsonError::Syntax | JsonError::Deep => Rejection::BadPayload,
        };
        let mut reader = Reader::new(payload).map_err(refused)?;
        // Claims that are typed below are kept apart from the start: no name to copy, nothing to take out again.
        let mut typed: [Option<Value>; REGISTERED.len()] = Default::default();
        let mut rest = Map::new();
        let mut twice = false;
        reader
            .members(|name, reader| {
                let value = reader.value()?;
                let before = match REGISTERED.iter().position(|registered| *registered == name) {
                    Some(at) => typed.get_mut(at).and_then(|place| place.replace(value)),
                    None => rest.insert(name.into_owned(), value),
                };
                twice |= before.is_some();
                Ok(())
            })
            .and_then(|()| reader.end())
            .map_err(refused)?;
        if twice || reader.duplicate {
            return Err(Rejection::DuplicateMember);
        }
        let [iss, sub, aud, exp, nbf, iat, jti] = typed;
        let Some(Value::String(issuer)) = iss else { return Err(Rejection::WrongIssuer) };
        Ok(Self {
            issuer: issuer.into(),
            subject: text(sub, MAX_SUBJECT_LEN)?.ok_or(Rejection::BadClaim)?,
            audience: audience(aud)?,
            expires: date(exp)?.ok_or(Rejection::BadClaim)?,
            not_before: date(nbf)?,
            issued_at: date(iat)?,
            id: text(jti, MAX_TOKEN_ID_LEN)?,
            typ,
            rest: Value::Object(rest),
        })
    }
}

/// Claims that are typed (RFC 7519 §4.1).
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Whose claims they are and when they hold; the rest is somebody's private data and does not belong into logs.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("audience", &self.audience)
            .field("expires", &self.expires)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A string that is not empty, not long, and can be printed.
fn text(value: Option<Value>, most: usize) -> Result<Option<Box<str>>, Rejection> {
    match value {
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
fn date(value: Option<Value>) -> Result<Option<u64>, Rejection> {
    let Some(value) = value else { return Ok(None) };
    let whole = value.as_u64();
    let seconds = whole.or_else(|| {
        let fraction = value.as_f64().filter(|seconds| (0.0..MAX_DATE as f64).contains(seconds));
        // In range, so that the cast only cuts the fraction off.
        fraction.map(|seconds| seconds as u64)
    });
    seconds.filter(|seconds| *seconds < MAX_DATE).map(Some).ok_or(Rejection::BadClaim)
}
