//! What logins and the management of users share.

use super::{
    detach::Acts,
    error::LoginError,
    fate::Fate,
    id::{FamilyId, UserId},
    password::{Hashing, PasswordPolicy},
    refresh::{RefreshStore, revoke},
    user::{User, UserChange, UserStore},
};
use crate::{
    extract::JwtClaims,
    issuer::Issuer,
    key_source::KeySource as _,
    revocation::Revocations,
    store_error::{StoreError, StoreErrorKind},
};
use palisade_core::{Clock, Event, EventSink, Guesses, Intent, Principal, Roles, UnixTime, UserEvent};
use std::{sync::Arc, time::Duration};

#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) hashing: Hashing,
    pub(super) policy: PasswordPolicy,
    pub(super) issuer: Issuer,
    pub(super) guesses: Arc<dyn Guesses>,
    pub(super) refresh: Option<Arc<dyn RefreshStore>>,
    pub(super) refresh_life: Duration,
    pub(super) revocations: Option<Arc<dyn Revocations>>,
    pub(super) roles: Roles,
    pub(super) events: Arc<dyn EventSink>,
    pub(super) clock: Clock,
    pub(super) acts: Acts,
}

/// How often an act is begun anew because somebody else changed the record meanwhile.
pub(super) const ATTEMPTS: usize = 8;

/// Tells that a change was made, that it was not, or that nobody knows.
pub(super) async fn settle<T, E: From<LoginError>>(
    intent: Intent,
    outcome: Result<T, E>,
    fate: impl FnOnce(&E) -> Fate,
) -> Result<T, E> {
    match outcome {
        Ok(value) => {
            intent.done().await.map_err(|cause| LoginError::Unrecorded { done: true, cause })?;
            Ok(value)
        }
        Err(error) => {
            fate(&error).tell(intent);
            Err(error)
        }
    }
}

impl Parts {
    pub(super) fn tell(&self, event: UserEvent) {
        self.events.emit(&Event::User(event));
    }

    /// Tells of a change before it is made.
    pub(super) async fn intend(&self, event: UserEvent) -> Result<Intent, LoginError> {
        let intent = Intent::declare(&self.events, Event::User(event)).await;
        intent.map_err(|cause| LoginError::Unrecorded { done: false, cause })
    }

    /// The user whom a token of our own issuer names, and its claims.
    pub(super) fn user_of(&self, principal: &Principal) -> Option<(UserId, JwtClaims)> {
        let claims = JwtClaims::of(principal).filter(|claims| claims.issuer() == self.issuer.name())?;
        Some((claims.subject().parse().ok()?, claims))
    }

    /// What of it only this process knows.
    pub(super) fn kept_here(&self) -> impl Iterator<Item = &'static str> {
        let kept = [
            (!self.users.is_shared(), "users"),
            (self.refresh.as_ref().is_some_and(|store| !store.is_shared()), "refresh tokens"),
            (self.revocations.as_ref().is_some_and(|store| !store.is_shared()), "revocations of tokens"),
            (!self.guesses.is_shared(), "guesses at passwords"),
            (!self.issuer.keys().is_shared(), "keys that sign tokens"),
        ];
        kept.into_iter().filter_map(|(here, what)| here.then_some(what))
    }

    pub(super) fn now(&self) -> UnixTime {
        self.clock.now().wall
    }

    /// Writes; `false` where somebody else wrote meanwhile and the act must begin anew.
    pub(super) async fn write(&self, changes: Vec<UserChange>) -> Result<bool, StoreError> {
        match self.users.write(changes).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Changes a user as they are now, and says as what; `None` where there is none, or `change` does not want to any more.
    pub(super) async fn change(
        &self,
        id: &UserId,
        change: impl Fn(&mut User) -> bool + Send,
    ) -> Result<Option<User>, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(user) = self.users.get(id).await? else { return Ok(None) };
            let mut user = User::clone(&user);
            if !change(&mut user) {
                return Ok(None);
            }
            if self.write(vec![UserChange::Update(user.clone())]).await? {
                return Ok(Some(user));
            }
        }
        Err(StoreErrorKind::Conflict.into())
    }

    /// Makes access tokens void that were issued to a user before `cut`, where there is a place to say so.
    pub(super) async fn void(&self, user: &UserId, cut: UnixTime) -> Result<(), StoreError> {
        if let Some(revocations) = &self.revocations {
            let cut = self.issuer.cut(&user.to_string(), cut);
            revocations.revoke(&cut, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Ends a line of refresh tokens, and all access tokens that were issued with it.
    pub(super) async fn end(&self, store: &dyn RefreshStore, id: &FamilyId) -> Result<(), StoreError> {
        let ended = revoke(store, id, self.now()).await?;
        if let (Some(revocations), Some(family)) = (&self.revocations, ended) {
            let holder = family.user.to_string();
            let end = self.issuer.end_of_session(&family.id.session(), family.renewed);
            let end = end.of_holder(self.issuer.name(), &holder);
            revocations.revoke(&end, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Draws a cut anew that took until the next second to be written down: what was issued in between may bear a later one. `mark`
    /// says which cut it is. Says as what the user is kept now.
    pub(super) async fn recut(
        &self,
        user: User,
        mark: fn(&mut User) -> &mut Option<UnixTime>,
    ) -> Result<User, StoreError> {
        let (mut user, now) = (user, self.now());
        let cut = *mark(&mut user);
        // Nothing was issued since that it does not void, or there is no place to say so.
        if self.revocations.is_none() || cut.is_none_or(|cut| UnixTime::from_secs(now.as_secs()) < cut) {
            return Ok(user);
        }
        let later = self.change(&user.id, |user| {
            let cut = user.cut(now);
            *mark(user) = Some(cut);
            true
        });
        if let Some(later) = later.await? {
            user = later;
            user.version = user.version.saturating_add(1);
        }
        // Where the user is gone meanwhile, all their tokens went with them.
        let cut = mark(&mut user).unwrap_or(now);
        self.void(&user.id, cut).await?;
        Ok(user)
    }

    /// Makes all tokens void; the user says so too, from where refreshing learns it if a store fails half-way.
    pub(super) async fn cut(&self, user: &UserId, cut: UnixTime) -> Result<(), StoreError> {
        self.void(user, cut).await?;
        match &self.refresh {
            Some(refresh) => refresh.forget(user).await,
            None => Ok(()),
        }
    }
}
