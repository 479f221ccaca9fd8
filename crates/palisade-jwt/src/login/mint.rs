//! Tokens for users.

use super::{error::LoginError, parts::Parts, refresh::IssuedAccess, user::User};
use crate::issuer::{Grant, Minted};
use palisade_core::UnixTime;
use std::sync::Arc;

const SECOND: u64 = 1_000_000_000;

/// An access token for this user: id, scopes and plan, and nothing else about them.
pub(super) fn mint(parts: &Parts, user: &User, now: UnixTime) -> Result<Minted, LoginError> {
    // `iat` is told in whole seconds, and what was issued within the second of a cut is void: it was issued right after.
    let first = user.not_before.map_or(0, UnixTime::as_secs_ceil);
    let now = now.max(UnixTime::from_nanos(first.saturating_mul(SECOND)));
    let mut grant = Grant::to(user.id.to_string()).scopes(user.scopes(&parts.roles));
    if let Some(plan) = &user.plan {
        grant = grant.claim("plan", plan.as_str());
    }
    parts.issuer.mint(&grant, now).map_err(|error| LoginError::NotIssued(Arc::new(error)))
}

/// By what the access token is made void.
pub(super) fn access(minted: &Minted) -> Option<IssuedAccess> {
    Some(IssuedAccess { id: minted.jti.parse().ok()?, expires: minted.expires_at })
}
