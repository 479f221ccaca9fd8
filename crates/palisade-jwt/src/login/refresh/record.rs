//! What is remembered of a line of refresh tokens.

use crate::login::{
    id::{FamilyId, UserId},
    text::Text,
};
use palisade_core::{CredentialDigest, UnixTime};

/// A line of refresh tokens, each of which replaced the one before; only the last one holds, and only its digest is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshFamily {
    /// Which line.
    pub id: FamilyId,
    /// Whose.
    pub user: UserId,
    /// The digest of the one token that holds.
    pub token: CredentialDigest,
    /// The access token that was issued with it, which ends with the line where there is a place to say so.
    pub access: Option<IssuedAccess>,
    /// When its first token was issued.
    pub created: UnixTime,
    /// When the last one was.
    pub renewed: UnixTime,
    /// When it ends, whatever happens.
    pub expires: UnixTime,
    /// Since when none of its tokens holds.
    pub revoked: Option<UnixTime>,
    /// Counted up by the store with every change.
    pub version: u64,
}

/// An access token, by what makes it void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedAccess {
    /// Its `jti`.
    pub id: Text<128>,
    /// When it expires.
    pub expires: UnixTime,
}

impl RefreshFamily {
    /// A line that begins now.
    #[must_use]
    pub const fn new(
        id: FamilyId,
        user: UserId,
        token: CredentialDigest,
        now: UnixTime,
        expires: UnixTime,
    ) -> Self {
        Self { id, user, token, access: None, created: now, renewed: now, expires, revoked: None, version: 1 }
    }

    /// Whether its last token holds.
    #[must_use]
    pub fn holds(&self, now: UnixTime) -> bool {
        self.revoked.is_none() && now < self.expires
    }
}
