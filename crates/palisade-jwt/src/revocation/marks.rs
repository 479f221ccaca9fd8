//! What is asked about a token.

use super::key::RevocationKey;
use crate::claims::Claims;
use palisade_core::UnixTime;

/// What a verified token says of itself, as far as revocation asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenMarks {
    token: Option<RevocationKey>,
    subject: Option<RevocationKey>,
    session: Option<RevocationKey>,
    issued: Option<UnixTime>,
}

/// Later than any token is issued.
pub(super) const EVER: UnixTime = UnixTime::from_nanos(u64::MAX);

impl TokenMarks {
    /// The marks of a token with these claims: `iss`, `sub`, `jti`, `iat`. A token that does not tell when it was issued
    /// counts as issued before everything.
    #[must_use]
    pub fn of(issuer: &str, subject: Option<&str>, jti: Option<&str>, issued: Option<UnixTime>) -> Self {
        Self {
            token: jti.map(|jti| RevocationKey::token(issuer, jti)),
            subject: subject.map(|subject| RevocationKey::subject(issuer, subject)),
            session: None,
            issued,
        }
    }

    /// The marks of a token that was verified, its session (`sid`) included.
    #[must_use]
    pub fn of_claims(claims: &Claims) -> Self {
        let issuer = claims.issuer();
        let marks = Self::of(issuer, Some(claims.subject()), claims.id(), claims.issued_at());
        match claims.text("sid") {
            Some(session) => marks.with_session(issuer, session),
            None => marks,
        }
    }

    /// It belongs to this session of this issuer, by its claim `sid`.
    #[must_use]
    pub fn with_session(mut self, issuer: &str, session: &str) -> Self {
        self.session = Some(RevocationKey::session(issuer, session));
        self
    }

    /// Under which names a store looks, at most three.
    pub fn keys(&self) -> impl Iterator<Item = &RevocationKey> {
        self.token.iter().chain(&self.subject).chain(&self.session)
    }

    /// Whether what a store found under one of the names makes the token void.
    #[must_use]
    pub fn is_issued_before(&self, before: UnixTime) -> bool {
        before == EVER || self.issued.is_none_or(|issued| issued < before)
    }
}
