//! A password for another.

use crate::login::{
    detach::in_time,
    error::LoginError,
    id::UserId,
    parts::{Parts, settle},
    password::{Password, PasswordHash},
    proof::prove,
    user::User,
};
use palisade_core::{Guessed, UserEvent};
use std::{net::IpAddr, sync::Arc};

pub(super) async fn change(
    parts: &Arc<Parts>,
    client: IpAddr,
    id: &UserId,
    old: &Password,
    new: &Password,
) -> Result<(), LoginError> {
    let user = in_time(async { Ok(parts.users.get(id).await?) }).await?;
    let Some(user) = user else { return Err(LoginError::Refused) };
    parts.policy.check(new, user.name.canonical()).map_err(LoginError::Weak)?;
    let name = user.name.canonical().as_str();
    let guess = parts.guesses.begin(client, name).await.map_err(|denial| {
        let user = Some(id.to_string().into());
        parts.tell(UserEvent::LoginRefused { user, client: Some(client), reason: denial.reason() });
        LoginError::Throttled(denial)
    })?;
    let proven = prove(parts, client, guess, Some(user), old).await?;
    let (all, new) = (parts.clone(), new.clone());
    let act = async move {
        let changed = in_time(async {
            let hash = all.hashing.hash(&new).await?;
            told(&all, &proven.user, hash).await
        });
        let changed = changed.await;
        let guessed = if changed.is_ok() { Guessed::Right } else { Guessed::Undecided };
        proven.guess.settle(guessed).await;
        changed
    };
    parts.acts.insist(act).await
}

/// Replaces it, and tells of it before and after.
async fn told(parts: &Parts, before: &User, hash: PasswordHash) -> Result<(), LoginError> {
    let id = &before.id;
    let by = format!("user:{id}").into();
    let intent = parts.intend(UserEvent::PasswordChanged { user: id.to_string().into(), by }).await?;
    let changed = settle(intent, replace(parts, before, hash).await, LoginError::fate).await?;
    // What follows may fail and the change stands, so it was told first.
    parts.cut(id, changed.not_before.unwrap_or_else(|| parts.now())).await?;
    parts.recut(changed, |user| &mut user.not_before).await?;
    Ok(())
}

/// Unless somebody else replaced it meanwhile: then the old one was not the password any more.
async fn replace(parts: &Parts, before: &User, hash: PasswordHash) -> Result<User, LoginError> {
    let (now, id) = (parts.now(), &before.id);
    // Before the change too: where this cannot be written, the old password stays, and with it the way to try again.
    parts.void(id, before.cut(now)).await?;
    let changed = parts.change(id, |user| {
        let same = user.password == before.password;
        if same {
            user.password.clone_from(&hash);
            user.not_before = Some(user.cut(now));
        }
        same
    });
    changed.await?.ok_or(LoginError::Refused)
}
