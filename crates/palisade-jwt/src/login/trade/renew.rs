//! A refresh token for the next one.

use crate::{
    login::{
        error::LoginError,
        mint::{access as minted_access, mint},
        parts::Parts,
        refresh::{RefreshFamily, RefreshStore, RefreshToken},
        tokens::Tokens,
        user::User,
    },
    store_error::StoreErrorKind,
};
use palisade_core::UserEvent;
use std::sync::Arc;

pub(super) async fn renew(parts: &Parts, text: &str) -> Result<Tokens, LoginError> {
    let Some(store) = &parts.refresh else { return Err(LoginError::Refused) };
    let Some(token) = RefreshToken::parse(text) else { return Err(refuse(parts, None, "refresh_malformed")) };
    let Some(family) = store.get(&token.family).await? else {
        return Err(refuse(parts, None, "refresh_unknown"));
    };
    let now = parts.now();
    if !family.holds(now) {
        if family.revoked.is_some() {
            // What it was ended with may not have been written then.
            parts.end(&**store, &family.id).await?;
        }
        return Err(refuse(parts, Some(&family), "refresh_ended"));
    }
    if family.token != token.digest {
        return Err(reused(parts, &**store, &family).await?);
    }
    let Some(user) = holder(parts, &family).await? else {
        parts.end(&**store, &family.id).await?;
        return Err(refuse(parts, Some(&family), "refresh_user_out"));
    };
    // Before the old one is used up: what cannot be issued costs nobody their login.
    let minted = mint(parts, &user, Some(&family.id), now)?;
    let (next, text) = RefreshToken::draw(family.id).map_err(|_| LoginError::NoRandomness)?;
    let access = minted_access(&minted);
    let renewed = RefreshFamily { token: next.digest, access, renewed: now, ..family.clone() };
    match store.update(renewed).await {
        Ok(()) => {
            let (user, family) = (user.id.to_string().into(), family.id.to_string().into());
            parts.tell(UserEvent::Refreshed { user, family });
            Ok(Tokens::of(minted, Some(text)))
        }
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            // Somebody else used it at the same time, or ended the line.
            let still = store.get(&family.id).await?.is_some_and(|family| family.holds(now));
            Err(if still {
                reused(parts, &**store, &family).await?
            } else {
                refuse(parts, Some(&family), "refresh_ended")
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// The user, if they are still let in as when the family began.
async fn holder(parts: &Parts, family: &RefreshFamily) -> Result<Option<Arc<User>>, LoginError> {
    let user = parts.users.get(&family.user).await?;
    Ok(user.filter(|user| {
        !user.disabled && user.not_before.is_none_or(|not_before| not_before <= family.created)
    }))
}

/// One of two who hold a token is a thief, and nobody can tell which: the line ends.
async fn reused(
    parts: &Parts,
    store: &dyn RefreshStore,
    family: &RefreshFamily,
) -> Result<LoginError, LoginError> {
    // Told also where the end cannot be written: somebody has to look.
    let (user, id) = (family.user.to_string().into(), family.id.to_string().into());
    parts.tell(UserEvent::TokenReused { user, family: id });
    parts.end(store, &family.id).await?;
    Ok(refuse(parts, Some(family), "refresh_reused"))
}

fn refuse(parts: &Parts, family: Option<&RefreshFamily>, reason: &'static str) -> LoginError {
    let user = family.map(|family| family.user.to_string().into());
    parts.tell(UserEvent::LoginRefused { user, client: None, reason });
    LoginError::Refused
}
