//! What makes tokens void.

use super::{
    key::RevocationKey,
    marks::{EVER, TokenMarks},
};
use palisade_core::UnixTime;
use std::time::Duration;

/// What makes tokens void, and until when that must be known.
///
/// ```
/// use palisade_core::UnixTime;
/// use palisade_jwt::{Revocation, TokenMarks};
/// use std::time::Duration;
///
/// let now = UnixTime::from_secs(1_700_000_000);
/// let logout = Revocation::token("https://api.example", "kq3v", now.plus_nanos(1_800_000_000_000));
/// let everywhere = Revocation::subject("https://api.example", "ada", now, Duration::from_secs(1_800));
///
/// let older = Some(UnixTime::from_secs(1_699_999_000));
/// let token = TokenMarks::of("https://api.example", Some("ada"), Some("kq3v"), older);
/// assert!(logout.voids(&token) && everywhere.voids(&token));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Revocation {
    key: RevocationKey,
    before: UnixTime,
    until: UnixTime,
    holder: Option<RevocationKey>,
}

/// How much longer than its token a revocation is kept: the largest leeway that a verifier may give to `exp`.
pub const REVOCATION_MARGIN: Duration = Duration::from_secs(300);

impl Revocation {
    /// The token of this issuer with this `jti` is void; kept until it expires anyway, and [`REVOCATION_MARGIN`] longer.
    #[must_use]
    pub fn token(issuer: &str, jti: &str, expires: UnixTime) -> Self {
        Self::new(RevocationKey::token(issuer, jti), EVER, expires)
    }

    /// All tokens of this issuer with this session (`sid`) are void; kept until the last of them has expired, and
    /// [`REVOCATION_MARGIN`] longer.
    #[must_use]
    pub fn session(issuer: &str, session: &str, expires: UnixTime) -> Self {
        Self::new(RevocationKey::session(issuer, session), EVER, expires)
    }

    /// What it voids was issued to this subject of this issuer: a store that has little room can count by it, so that nobody fills it
    /// alone.
    #[must_use]
    pub fn of_holder(mut self, issuer: &str, subject: &str) -> Self {
        self.holder = Some(RevocationKey::subject(issuer, subject));
        self
    }

    /// All tokens of this issuer for this subject that were issued before `before` are void; kept until the last of them
    /// has expired, which is `longest_life` after `before`, and [`REVOCATION_MARGIN`] longer.
    ///
    /// `iat` is told in whole seconds, rounded down. A token that is issued later within the second of `before` is void too:
    /// whoever issues one right after waits for the next second.
    #[must_use]
    pub fn subject(issuer: &str, subject: &str, before: UnixTime, longest_life: Duration) -> Self {
        Self::cut(RevocationKey::subject(issuer, subject), before, longest_life)
    }

    /// As [`subject`](Self::subject), of a subject by its name in stores.
    pub(super) fn cut(subject: RevocationKey, before: UnixTime, longest_life: Duration) -> Self {
        let before = before.min(UnixTime::from_nanos(u64::MAX - 1));
        Self::new(subject, before, plus(before, longest_life))
    }

    pub(super) fn until_at_least(self, until: UnixTime) -> Self {
        Self { until: self.until.max(until), ..self }
    }

    fn new(key: RevocationKey, before: UnixTime, expires: UnixTime) -> Self {
        Self { key, before, until: plus(expires, REVOCATION_MARGIN), holder: None }
    }

    /// Under which name a store keeps it.
    #[must_use]
    pub const fn key(&self) -> &RevocationKey {
        &self.key
    }

    /// Tokens issued before this moment are void; of two revocations under one key the later moment holds.
    #[must_use]
    pub const fn before(&self) -> UnixTime {
        self.before
    }

    /// It must be known until this moment; of two revocations under one key the later moment holds.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// Under which name a cut of whoever the void token was issued to would be kept, where that is known
    /// ([`of_holder`](Self::of_holder)).
    #[must_use]
    pub const fn holder(&self) -> Option<&RevocationKey> {
        self.holder.as_ref()
    }

    /// Whether it is about a subject, and not about one token or session.
    #[must_use]
    pub fn is_of_subject(&self) -> bool {
        self.before != EVER
    }

    /// Whether a token with these marks is void by this.
    #[must_use]
    pub fn voids(&self, token: &TokenMarks) -> bool {
        token.keys().any(|key| *key == self.key) && token.is_issued_before(self.before)
    }
}

fn plus(at: UnixTime, longer: Duration) -> UnixTime {
    at.plus_nanos(u64::try_from(longer.as_nanos()).unwrap_or(u64::MAX))
}
