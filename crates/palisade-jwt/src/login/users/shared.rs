//! What every act needs.

use super::{
    caller::Caller,
    error::{Mistake, UserRule, UsersError},
};
use crate::login::{
    id::UserId,
    parts::Parts,
    text::RoleName,
    user::{MAX_USER_PERMISSIONS, MAX_USER_ROLES, User, UserChange, UserQuery},
};
use palisade_core::{Requirement, ScopeSet, UserEvent};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) parts: Arc<Parts>,
    pub(super) legal: ScopeSet,
    pub(super) administers: Requirement,
}

/// How many pages of users are searched for another administrator.
const PAGES: usize = 100;

impl Shared {
    /// Whether the caller may administer users.
    pub(super) fn permit(&self, caller: &Caller, act: &'static str) -> Result<(), UsersError> {
        if caller.meets(&self.administers) {
            return Ok(());
        }
        Err(self.refuse(caller, act, UserRule::MayNot))
    }

    /// Refuses by a rule, and tells of it.
    pub(super) fn refuse(&self, caller: &Caller, act: &'static str, rule: UserRule) -> UsersError {
        self.parts.tell(UserEvent::Refused { act, by: caller.name.clone(), reason: rule.reason() });
        UsersError::Refused(rule)
    }

    pub(super) fn scopes(&self, user: &User) -> ScopeSet {
        user.scopes(&self.parts.roles)
    }

    pub(super) async fn read(&self, id: &UserId) -> Result<Arc<User>, UsersError> {
        self.parts.users.get(id).await?.ok_or(UsersError::NotFound)
    }

    /// What is wrong with permissions and roles in themselves; unknown ones are told which there are.
    pub(super) fn words(&self, permissions: &ScopeSet, roles: &[RoleName], mistakes: &mut Vec<Mistake>) {
        if permissions.len() > MAX_USER_PERMISSIONS {
            let detail = format!("at most {MAX_USER_PERMISSIONS} permissions");
            mistakes.push(Mistake::new("#/permissions", detail));
        }
        if !permissions.iter().all(|scope| self.legal.contains(scope)) {
            let legal: Vec<_> = self.legal.iter().map(|scope| scope.as_str()).collect();
            let detail = format!("unknown permission; there are: {}", legal.join(", "));
            mistakes.push(Mistake::new("#/permissions", detail));
        }
        if roles.len() > MAX_USER_ROLES {
            mistakes.push(Mistake::new("#/roles", format!("at most {MAX_USER_ROLES} roles")));
        }
        if !roles.iter().all(|role| self.parts.roles.get(role.as_str()).is_some()) {
            let legal: Vec<_> = self.parts.roles.iter().map(|(role, _)| role).collect();
            let detail = format!("unknown role; there are: {}", legal.join(", "));
            mistakes.push(Mistake::new("#/roles", detail));
        }
    }

    /// Whether a change leaves a user who may administer, and the condition under which it does: that the other one stays as they are
    /// until the change is made. Two administrators who remove each other at once cannot both succeed.
    pub(super) async fn keep_administrator(
        &self,
        caller: &Caller,
        act: &'static str,
        before: &User,
        after: Option<&User>,
    ) -> Result<Option<UserChange>, UsersError> {
        let lost = self.administers(before) && !after.is_some_and(|after| self.administers(after));
        if !lost || caller.is_operator() {
            return Ok(None);
        }
        match self.witness(caller, &before.id).await? {
            Some(other) => Ok(Some(UserChange::Unchanged { id: other.id, version: other.version })),
            None => Err(self.refuse(caller, act, UserRule::LastAdministrator)),
        }
    }

    fn administers(&self, user: &User) -> bool {
        !user.disabled && self.administers.is_met_by(&self.scopes(user))
    }

    async fn witness(&self, caller: &Caller, target: &UserId) -> Result<Option<Arc<User>>, UsersError> {
        let serves = |user: &Arc<User>| user.id != *target && self.administers(user);
        // Most often the caller will do.
        if let Some(id) = &caller.user
            && let Some(own) = self.parts.users.get(id).await?.filter(serves)
        {
            return Ok(Some(own));
        }
        let mut query = UserQuery::first(usize::MAX);
        for _ in 0..PAGES {
            let page = self.parts.users.list(&query).await?;
            if let Some(found) = page.users.into_iter().find(serves) {
                return Ok(Some(found));
            }
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        Ok(None)
    }
}

/// Nothing is wrong.
pub(super) fn flawless(mistakes: Vec<Mistake>) -> Result<(), UsersError> {
    if mistakes.is_empty() { Ok(()) } else { Err(UsersError::Invalid(mistakes)) }
}
