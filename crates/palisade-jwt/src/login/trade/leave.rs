//! Tokens are given back.

use crate::{
    claims::Claims,
    login::{
        error::LoginError,
        fate::Fate,
        id::UserId,
        parts::{Parts, settle},
        refresh::RefreshToken,
    },
};
use palisade_core::UserEvent;

pub(super) async fn leave(parts: &Parts, text: &str) -> Result<(), LoginError> {
    let (Some(store), Some(token)) = (&parts.refresh, RefreshToken::parse(text)) else { return Ok(()) };
    // A token that was traded already ends its line too: who has it once had the line.
    let Some(family) = store.get(&token.family).await? else { return Ok(()) };
    // Also of a line that was ended: its access token may not have been, where a store failed half-way.
    parts.end(&**store, &family.id).await?;
    if family.revoked.is_none() {
        parts.tell(UserEvent::LoggedOut { user: family.user.to_string().into(), everywhere: false });
    }
    Ok(())
}

pub(super) async fn access(parts: &Parts, claims: &Claims) -> Result<(), LoginError> {
    let ours = claims.issuer() == parts.issuer.name();
    let Some(jti) = claims.id().filter(|_| ours) else { return Err(LoginError::Refused) };
    if let Some(revocations) = &parts.revocations {
        let revocation = parts.issuer.revocation(jti, claims.expires());
        let revocation = revocation.of_holder(claims.issuer(), claims.subject());
        revocations.revoke(&revocation, parts.clock.now()).await?;
    }
    parts.tell(UserEvent::LoggedOut { user: claims.subject().into(), everywhere: false });
    Ok(())
}

pub(super) async fn everywhere(parts: &Parts, user: &UserId) -> Result<(), LoginError> {
    let event = UserEvent::LoggedOut { user: user.to_string().into(), everywhere: true };
    let intent = parts.intend(event).await?;
    let ended = end_all(parts, user).await;
    // Some of it may have been done, whatever failed.
    let fate = |error: &LoginError| match error {
        LoginError::Refused => error.fate(),
        error => Fate::Unknown(error.reason()),
    };
    settle(intent, ended, fate).await
}

async fn end_all(parts: &Parts, user: &UserId) -> Result<(), LoginError> {
    let now = parts.now();
    let changed = parts.change(user, |user| {
        user.not_before = Some(user.cut(now));
        true
    });
    let Some(changed) = changed.await? else { return Err(LoginError::Refused) };
    parts.cut(user, changed.not_before.unwrap_or(now)).await?;
    parts.recut(changed, |user| &mut user.not_before).await?;
    Ok(())
}
