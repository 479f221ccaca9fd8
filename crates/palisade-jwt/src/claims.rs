//! What a token says.

mod audience;
mod member;
mod payload;
#[cfg(test)]
mod tests;

use crate::{
    header::Header,
    json::{JsonError, Span},
    rejection::Rejection,
};
use audience::Audience;
use member::Member;
use palisade_core::UnixTime;
use payload::{Named, Payload, Text};
use serde_json::Value;
use std::{borrow::Cow, fmt, sync::Arc};

/// No `sub` is longer, in bytes (OpenID Connect Core §2).
pub const MAX_SUBJECT_LEN: usize = 255;
/// No `jti` is longer, in bytes.
pub const MAX_TOKEN_ID_LEN: usize = 256;

/// The claims of a token (RFC 7519 §4): the registered ones typed, the rest as JSON.
///
/// Made by a [`Verifier`](crate::Verifier) alone, from bytes whose signature held.
#[derive(Clone)]
pub struct Claims {
    /// The payload, and what texts in it mean that have escapes; what follows says where in it something stands.
    text: String,
    issuer: Span,
    subject: Span,
    audience: Audience,
    expires: u64,
    not_before: Option<u64>,
    issued_at: Option<u64>,
    id: Option<Span>,
    header: Arc<Header>,
    others: Vec<Member>,
}

impl Claims {
    /// `iss`: who says it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.of(&self.text)
    }

    /// `sub`: about whom; unique within the issuer only.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.subject.of(&self.text)
    }

    /// `aud`: for whom; empty only where [any audience](crate::VerifierBuilder::any_audience) is taken.
    #[must_use]
    pub fn audience(&self) -> impl ExactSizeIterator<Item = &str> {
        self.audience.spans().iter().map(|span| span.of(&self.text))
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
        self.id.map(|span| span.of(&self.text))
    }

    /// `typ` of the header, in lower case and without `application/`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// A claim that is not one of the above, by name; case counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        Member::find(&self.others, name, &self.text).map(|member| member.value(&self.text))
    }

    /// A value within such a claim, by JSON pointer (RFC 6901): `/realm_access/roles`.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        let path = pointer.strip_prefix('/')?;
        let (first, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        let first = if first.contains('~') {
            Cow::Owned(first.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(first)
        };
        self.get(&first)?.pointer(rest)
    }

    /// As [`get`](Self::get), where it is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        Member::find(&self.others, name, &self.text)?.as_str(&self.text)
    }

    /// Whether [`get`](Self::get) finds anything.
    pub(crate) fn has(&self, name: &str) -> bool {
        Member::find(&self.others, name, &self.text).is_some()
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
    pub(crate) fn parse(payload: Vec<u8>, header: Arc<Header>) -> Result<Self, Rejection> {
        let mut text = String::from_utf8(payload).map_err(|_| Rejection::BadPayload)?;
        let mut behind = String::new();
        let found = Payload::read(&text, &mut behind).map_err(|error| match error {
            JsonError::Duplicate => Rejection::DuplicateMember,
            JsonError::Syntax | JsonError::Deep => Rejection::BadPayload,
        })?;
        text.push_str(&behind);
        if Member::any_twice(&found.others, &text) {
            return Err(Rejection::DuplicateMember);
        }
        let Text::At(issuer) = found.issuer else { return Err(Rejection::WrongIssuer) };
        Ok(Self {
            issuer,
            subject: word(found.subject, MAX_SUBJECT_LEN, &text)?.ok_or(Rejection::BadClaim)?,
            audience: match found.audience {
                Named::Absent => Audience::default(),
                Named::These(audience) => audience,
                Named::Wrong => return Err(Rejection::WrongAudience),
            },
            expires: date(found.expires)?.ok_or(Rejection::BadClaim)?,
            not_before: date(found.not_before)?,
            issued_at: date(found.issued_at)?,
            id: word(found.id, MAX_TOKEN_ID_LEN, &text)?,
            header,
            others: found.others,
            text,
        })
    }
}

/// The same claims, in whatever order and however they were spelled.
impl PartialEq for Claims {
    fn eq(&self, other: &Self) -> bool {
        let dates = |claims: &Self| (claims.expires, claims.not_before, claims.issued_at);
        dates(self) == dates(other)
            && (self.issuer(), self.subject()) == (other.issuer(), other.subject())
            && (self.id(), self.typ()) == (other.id(), other.typ())
            && self.audience().eq(other.audience())
            && self.others.len() == other.others.len()
            && self
                .others
                .iter()
                .all(|member| other.get(member.name(&self.text)) == Some(member.value(&self.text)))
    }
}

/// Whose claims they are and when they hold; the rest is somebody's private data and does not belong into logs.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .field("audience", &self.audience().collect::<Vec<_>>())
            .field("expires", &self.expires)
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

/// A text that is not empty, not long, and can be printed.
fn word(found: Text, most: usize, text: &str) -> Result<Option<Span>, Rejection> {
    match found {
        Text::Absent => Ok(None),
        Text::At(span) if (1..=most).contains(&span.len()) && is_printable(span.of(text)) => Ok(Some(span)),
        Text::At(_) | Text::Other => Err(Rejection::BadClaim),
    }
}

/// Without control characters.
fn is_printable(text: &str) -> bool {
    // Without an early end, so that many are looked at in one go; nearly every text is plain ASCII.
    let plain = text.bytes().fold(true, |plain, byte| plain & (0x20..0x7f).contains(&byte));
    plain || !text.chars().any(char::is_control)
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
