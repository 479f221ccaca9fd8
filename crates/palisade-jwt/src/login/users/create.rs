//! A new user.

use super::{
    caller::Caller,
    draft::{FirstPassword, NewUser},
    error::{Mistake, UserRule, UsersError},
    shared::{Shared, flawless},
};
use crate::login::{
    error::LoginError,
    id::UserId,
    parts::settle,
    user::{User, UserChange},
};
use palisade_core::UserEvent;
use std::sync::Arc;

pub(super) async fn create(shared: &Shared, caller: &Caller, new: NewUser) -> Result<Arc<User>, UsersError> {
    shared.permit(caller, "create")?;
    check(shared, &new)?;
    let parts = &shared.parts;
    let granted = parts.roles.scopes(&new.permissions, new.roles.iter().map(|role| role.as_str()));
    if !caller.holds(&granted) {
        return Err(shared.refuse(caller, "create", UserRule::Escalation));
    }
    // A name that is taken costs no hash; one that is taken meanwhile is found by the store.
    if parts.users.find(new.name.canonical()).await?.is_some() {
        return Err(UsersError::Refused(UserRule::NameTaken));
    }
    let hash = match new.password {
        FirstPassword::Chosen(password) => parts.hashing.hash(&password).await.map_err(LoginError::from)?,
        FirstPassword::Imported(hash) => hash,
    };
    let id = UserId::random().map_err(|_| LoginError::NoRandomness)?;
    let mut user = User::new(id, new.name, hash, parts.now());
    user.email = new.email;
    user.roles = new.roles;
    user.permissions = new.permissions;
    user.plan = new.plan;
    let (id, by) = (user.id.to_string().into(), caller.name.clone());
    let intent = parts.intend(UserEvent::Created { user: id, by, permissions: granted }).await?;
    let written = match parts.write(vec![UserChange::Insert(user.clone())]).await {
        Ok(true) => Ok(Arc::new(user)),
        Ok(false) => Err(UsersError::Refused(UserRule::NameTaken)),
        Err(error) => Err(error.into()),
    };
    settle(intent, written, UsersError::fate).await
}

fn check(shared: &Shared, new: &NewUser) -> Result<(), UsersError> {
    let mut mistakes = Vec::new();
    shared.words(&new.permissions, &new.roles, &mut mistakes);
    if let FirstPassword::Chosen(password) = &new.password
        && let Err(weak) = shared.parts.policy.check(password, new.name.canonical())
    {
        mistakes.push(Mistake::new("#/password", weak.to_string()));
    }
    flawless(mistakes)
}
