//! Changes to a user, and their end.

use super::{
    caller::Caller,
    draft::UserPatch,
    error::{Mistake, UserRule, UsersError},
    shared::{Shared, flawless},
};
use crate::login::{
    error::LoginError,
    id::UserId,
    parts::{ATTEMPTS, Parts, settle},
    user::{User, UserChange},
};
use palisade_core::{Scope, ScopeSet, UnixTime, UserEvent};
use std::sync::Arc;

pub(super) async fn update(
    shared: &Shared,
    caller: &Caller,
    id: &UserId,
    patch: &UserPatch,
    version: Option<u64>,
) -> Result<Arc<User>, UsersError> {
    shared.permit(caller, "update")?;
    let parts = &shared.parts;
    let mut hash = None;
    for _ in 0..ATTEMPTS {
        let before = shared.read(id).await?;
        if version.is_some_and(|version| version != before.version) {
            return Err(UsersError::Stale);
        }
        check(shared, patch, &before)?;
        // Refused before anything is computed.
        let (mut after, mut fields) = apply(patch, &before);
        widening(shared, caller, &before, &after, patch)?;
        if hash.is_none()
            && let Some(password) = &patch.password
        {
            hash = Some(parts.hashing.hash(password).await.map_err(LoginError::from)?);
        }
        if let Some(hash) = &hash {
            after.password.clone_from(hash);
        }
        let shut = hash.is_some() || (after.disabled && !before.disabled);
        let narrower = shut || loses(shared, &before, &after);
        let cut = before.cut(parts.now());
        if shut {
            after.not_before = Some(cut);
        } else if narrower {
            after.narrowed = Some(cut);
        }
        if hash.is_some() {
            fields.push("password");
        }
        if fields.is_empty() {
            return Ok(before);
        }
        let mut changes: Vec<_> =
            shared.keep_administrator(caller, "update", &before, Some(&after)).await?.into_iter().collect();
        changes.push(UserChange::Update(after.clone()));
        let (user, by) = (id.to_string().into(), caller.name.clone());
        let intent = parts.intend(UserEvent::Changed { user, by, fields }).await?;
        let written = write(parts, id, changes, narrower.then_some(cut)).await;
        if settle(intent, written, UsersError::fate).await.map(|()| true).or_else(meanwhile)? {
            // What follows may fail and the change stands, so it was told first.
            after.version = after.version.saturating_add(1);
            if shut {
                parts.cut(id, cut).await?;
                after = parts.recut(after, |user| &mut user.not_before).await?;
            } else if narrower {
                after = parts.recut(after, |user| &mut user.narrowed).await?;
            }
            return Ok(Arc::new(after));
        }
    }
    Err(UsersError::Refused(UserRule::ChangedMeanwhile))
}

pub(super) async fn delete(
    shared: &Shared,
    caller: &Caller,
    id: &UserId,
    version: Option<u64>,
) -> Result<(), UsersError> {
    shared.permit(caller, "delete")?;
    for _ in 0..ATTEMPTS {
        let before = shared.read(id).await?;
        if version.is_some_and(|version| version != before.version) {
            return Err(UsersError::Stale);
        }
        let mut changes: Vec<_> =
            shared.keep_administrator(caller, "delete", &before, None).await?.into_iter().collect();
        changes.push(UserChange::Delete { id: *id, version: before.version });
        let (user, by) = (id.to_string().into(), caller.name.clone());
        let intent = shared.parts.intend(UserEvent::Deleted { user, by }).await?;
        let cut = before.cut(shared.parts.now());
        let written = write(&shared.parts, id, changes, Some(cut)).await;
        if settle(intent, written, UsersError::fate).await.map(|()| true).or_else(meanwhile)? {
            // Once more afterwards: somebody may have logged in between.
            shared.parts.cut(id, before.cut(shared.parts.now())).await?;
            return Ok(());
        }
    }
    Err(UsersError::Refused(UserRule::ChangedMeanwhile))
}

/// Makes changes, after tokens that were issued before `cut` are void.
async fn write(
    parts: &Parts,
    id: &UserId,
    changes: Vec<UserChange>,
    cut: Option<UnixTime>,
) -> Result<(), UsersError> {
    if let Some(cut) = cut {
        // Where this cannot be written, nothing is changed, and nobody believes it was.
        parts.void(id, cut).await?;
    }
    if parts.write(changes).await? { Ok(()) } else { Err(UsersError::Refused(UserRule::ChangedMeanwhile)) }
}

/// Whether the act begins anew.
fn meanwhile(error: UsersError) -> Result<bool, UsersError> {
    match error {
        UsersError::Refused(UserRule::ChangedMeanwhile) => Ok(false),
        error => Err(error),
    }
}

fn check(shared: &Shared, patch: &UserPatch, before: &User) -> Result<(), UsersError> {
    let mut mistakes = Vec::new();
    let permissions = patch.permissions.clone().unwrap_or_default();
    shared.words(&permissions, patch.roles.as_deref().unwrap_or_default(), &mut mistakes);
    if let Some(password) = &patch.password
        && let Err(weak) = shared.parts.policy.check(password, before.name.canonical())
    {
        mistakes.push(Mistake::new("#/password", weak.to_string()));
    }
    flawless(mistakes)
}

/// The user as they will be, and which fields become others.
fn apply(patch: &UserPatch, before: &User) -> (User, Vec<&'static str>) {
    let (mut after, mut fields) = (before.clone(), Vec::new());
    set("email", patch.email.as_ref(), &mut after.email, &mut fields);
    set("roles", patch.roles.as_ref(), &mut after.roles, &mut fields);
    set("permissions", patch.permissions.as_ref(), &mut after.permissions, &mut fields);
    set("plan", patch.plan.as_ref(), &mut after.plan, &mut fields);
    set("disabled", patch.disabled.as_ref(), &mut after.disabled, &mut fields);
    (after, fields)
}

fn set<T: Clone + PartialEq>(
    name: &'static str,
    wanted: Option<&T>,
    there: &mut T,
    fields: &mut Vec<&'static str>,
) {
    if let Some(wanted) = wanted
        && wanted != there
    {
        there.clone_from(wanted);
        fields.push(name);
    }
}

/// What the user gains, the caller must have; and all that the user has, where the caller could become them: by a password, by an
/// address to which passwords may be sent, by letting them in again.
fn widening(
    shared: &Shared,
    caller: &Caller,
    before: &User,
    after: &User,
    patch: &UserPatch,
) -> Result<(), UsersError> {
    let has = shared.scopes(after);
    let takes_over =
        patch.password.is_some() || after.email != before.email || (before.disabled && !after.disabled);
    let own = caller.user == Some(before.id);
    // Nobody becomes themselves by that; but what they gain beside it they must have, like anybody.
    let gained = if takes_over && !own { has } else { lacking(&has, &shared.scopes(before)) };
    // A token of theirs that still holds does not let them in again.
    if caller.holds(&gained) && !(own && before.disabled) {
        return Ok(());
    }
    Err(shared.refuse(caller, "update", UserRule::Escalation))
}

fn loses(shared: &Shared, before: &User, after: &User) -> bool {
    lacking(&shared.scopes(before), &shared.scopes(after)).iter().next().is_some()
}

/// What is in the first and not in the second.
fn lacking(has: &ScopeSet, had: &ScopeSet) -> ScopeSet {
    has.iter().filter(|scope| !had.contains(scope)).cloned().collect::<Vec<Scope>>().into_iter().collect()
}
