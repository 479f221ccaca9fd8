//! Tokens are given back.

use crate::login::{error::LoginError, id::UserId, parts::Parts, refresh::RefreshToken};
use palisade_core::UserEvent;

pub(super) async fn leave(parts: &Parts, text: &str) -> Result<(), LoginError> {
    let (Some(store), Some(token)) = (&parts.refresh, RefreshToken::parse(text)) else { return Ok(()) };
    // A token that was traded already ends its line too: who has it once had the line.
    if let Some(family) = store.get(&token.family).await?
        && family.revoked.is_none()
    {
        parts.end(&**store, &family.id).await?;
        parts.tell(UserEvent::LoggedOut { user: family.user.to_string().into(), everywhere: false });
    }
    Ok(())
}

pub(super) async fn everywhere(parts: &Parts, user: &UserId) -> Result<(), LoginError> {
    let now = parts.now();
    let changed = parts.change(user, |user| {
        user.not_before = Some(now);
        true
    });
    if changed.await?.is_none() {
        return Err(LoginError::Refused);
    }
    parts.cut(user, now).await?;
    parts.tell(UserEvent::LoggedOut { user: user.to_string().into(), everywhere: true });
    Ok(())
}
