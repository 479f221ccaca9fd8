//! Tokens for users.

use super::{error::LoginError, id::FamilyId, parts::Parts, refresh::IssuedAccess, user::User};
use crate::issuer::{Grant, Minted};
use palisade_core::UnixTime;
use std::sync::Arc;

/// An access token for this user: id, scopes, plan and the session, which is a line of refresh tokens; nothing else about them.
pub(super) fn mint(
    parts: &Parts,
    user: &User,
    line: Option<&FamilyId>,
    now: UnixTime,
) -> Result<Minted, LoginError> {
    let now = now.max(user.next_token());
    let mut grant = Grant::to(user.id.to_string()).scopes(user.scopes(&parts.roles));
    if let Some(plan) = &user.plan {
        grant = grant.claim("plan", plan.as_str());
    }
    if let Some(line) = line {
        grant = grant.claim("sid", line.session());
    }
    parts.issuer.mint(&grant, now).map_err(|error| LoginError::NotIssued(Arc::new(error)))
}

/// By what the access token is made void.
pub(super) fn access(minted: &Minted) -> Option<IssuedAccess> {
    Some(IssuedAccess { id: minted.jti.parse().ok()?, expires: minted.expires_at })
}
