//! A password for another.

use crate::login::{
    error::LoginError,
    id::UserId,
    parts::{Parts, settle},
    password::{Password, PasswordHash},
    proof::prove,
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
    let Some(user) = parts.users.get(id).await? else { return Err(LoginError::Refused) };
    parts.policy.check(new, user.name.canonical()).map_err(LoginError::Weak)?;
    let name = user.name.canonical().as_str();
    let guess = parts.guesses.begin(client, name).await.map_err(|denial| {
        parts.tell(UserEvent::LoginRefused { user: Some(id.to_string().into()), reason: denial.reason() });
        LoginError::Throttled(denial)
    })?;
    let proven = prove(parts, guess, Some(user), old).await?;
    let (all, new) = (parts.clone(), new.clone());
    let act = async move {
        let changed = match all.hashing.hash(&new).await {
            Ok(hash) => told(&all, &proven.user.id, &proven.user.password, hash).await,
            Err(error) => Err(error.into()),
        };
        let guessed = if changed.is_ok() { Guessed::Right } else { Guessed::Undecided };
        proven.guess.settle(guessed).await;
        changed
    };
    parts.acts.insist(act).await
}

/// Replaces it, and tells of it before and after.
async fn told(
    parts: &Parts,
    id: &UserId,
    before: &PasswordHash,
    hash: PasswordHash,
) -> Result<(), LoginError> {
    let by = format!("user:{id}").into();
    let intent = parts.intend(UserEvent::PasswordChanged { user: id.to_string().into(), by }).await?;
    let replaced = replace(parts, id, before, hash).await;
    settle(intent, replaced, LoginError::reason).await
}

/// Unless somebody else replaced it meanwhile: then the old one was not the password any more.
async fn replace(
    parts: &Parts,
    id: &UserId,
    before: &PasswordHash,
    hash: PasswordHash,
) -> Result<(), LoginError> {
    let now = parts.now();
    let changed = parts.change(id, |user| {
        let same = user.password == *before;
        if same {
            user.password.clone_from(&hash);
            user.not_before = Some(user.cut(now));
        }
        same
    });
    let Some(changed) = changed.await? else { return Err(LoginError::Refused) };
    parts.cut(id, changed.not_before.unwrap_or(now)).await?;
    Ok(())
}
