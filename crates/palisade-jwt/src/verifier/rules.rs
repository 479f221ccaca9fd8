//! What claims must say.

use crate::{claims::Claims, rejection::Rejection, token_types::TokenTypes};
use palisade_core::UnixTime;

/// What a verifier was told; everything is decided by it, the claims and a time.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) issuer: Box<str>,
    /// `None` takes any, also none.
    pub(super) audience: Option<Box<[Box<str>]>>,
    /// In seconds.
    pub(super) leeway: u64,
    /// In seconds.
    pub(super) max_lifetime: u64,
    pub(super) types: TokenTypes,
    pub(super) tries_without_kid: bool,
    /// Whether a token is taken that only the holder of a key may use.
    pub(super) takes_bound: bool,
}

impl Rules {
    /// What can refuse a token before its signature is looked at, and never let it pass.
    pub(super) fn cheap(&self, claims: &Claims, now: UnixTime) -> Result<(), Rejection> {
        if claims.issuer() != &*self.issuer {
            return Err(Rejection::WrongIssuer);
        }
        self.expiry(claims, now)
    }

    pub(super) fn claims(&self, claims: &Claims, now: UnixTime) -> Result<(), Rejection> {
        self.types.check(claims)?;
        // Who presents it would have to prove that it is theirs (RFC 7800 §3, RFC 8705 §3): taken without that, it is worth as
        // much to a thief.
        if !self.takes_bound && claims.has("cnf") {
            return Err(Rejection::Bound);
        }
        if let Some(ours) = &self.audience
            && !claims.audience().any(|named| ours.iter().any(|our| **our == *named))
        {
            return Err(Rejection::WrongAudience);
        }
        self.dates(claims, now)
    }

    /// `exp`, `nbf`, `iat`, and how long all that is (RFC 7519 §4.1.4 to §4.1.6).
    pub(super) fn dates(&self, claims: &Claims, now: UnixTime) -> Result<(), Rejection> {
        self.expiry(claims, now)?;
        let latest = now.as_secs().saturating_add(self.leeway);
        let starts = [claims.not_before_secs(), claims.issued_at_secs()];
        if starts.iter().flatten().any(|start| *start > latest) {
            return Err(Rejection::NotYetValid);
        }
        let expires = claims.expires_secs();
        if starts.iter().flatten().any(|start| *start > expires) {
            return Err(Rejection::BadClaim);
        }
        let lifetime = claims.issued_at_secs().map_or(0, |issued| expires - issued);
        let left = expires.saturating_sub(latest);
        if lifetime > self.max_lifetime || left > self.max_lifetime {
            return Err(Rejection::TooLongLived);
        }
        Ok(())
    }

    /// Half-open: at `exp` plus leeway it has expired.
    fn expiry(&self, claims: &Claims, now: UnixTime) -> Result<(), Rejection> {
        let end = claims.expires_secs().saturating_add(self.leeway);
        if now.as_secs() >= end { Err(Rejection::Expired) } else { Ok(()) }
    }
}
