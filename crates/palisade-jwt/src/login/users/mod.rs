//! Acts on users, and the rules that they obey.

mod caller;
mod create;
mod draft;
mod error;
mod shared;
mod update;

use super::{
    detach::in_time,
    id::UserId,
    trade::Login,
    user::{User, UserPage, UserQuery},
};
pub use caller::Caller;
pub use draft::{FirstPassword, NewUser, UserPatch};
pub use error::{Mistake, UserRule, UsersError};
use palisade_core::{Principal, Requirement, Scope, ScopeSet};
use shared::Shared;
use std::{fmt, sync::Arc};

/// Adds, lists, changes and removes users; knows no HTTP. Cheap to clone.
///
/// | rule | |
/// | --- | --- |
/// | who may | callers whose scopes meet the requirement, checked at every act, and not by routes alone |
/// | what may be granted | permissions and roles that exist and that the granter has |
/// | whose password may be set | of users who have nothing that the caller has not |
/// | lock-out | the last user who may administer cannot be removed, disabled or narrowed, but by an operator |
/// | at once | an act that was begun is ended although its caller left |
/// | tokens | end with the user, when they are disabled, and with a new password; access tokens also when scopes are taken away |
///
/// Every act is told as an [`Event`](palisade_core::Event), refused ones too.
#[derive(Clone)]
pub struct Users {
    shared: Arc<Shared>,
}

impl Users {
    /// The users of this login, who may have `legal` permissions, managed by callers who meet `administers`.
    #[must_use]
    pub fn new<S: Into<Scope>>(
        login: &Login,
        legal: impl IntoIterator<Item = S>,
        administers: impl Into<Requirement>,
    ) -> Self {
        let (legal, administers) = (ScopeSet::of(legal), administers.into());
        Self { shared: Arc::new(Shared { parts: login.parts(), legal, administers }) }
    }

    /// What callers must hold to administer users.
    #[must_use]
    pub fn administers(&self) -> &Requirement {
        &self.shared.administers
    }

    pub(in crate::login) fn kept_here(&self) -> impl Iterator<Item = &'static str> {
        self.shared.parts.kept_here()
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// Every mistake in what is asked for at once, a weak password among them; a grant beyond what the caller has; a name that is
    /// taken; trouble with the store.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn create(&self, caller: &Caller, new: NewUser) -> Result<Arc<User>, UsersError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let act = async move { create::create(&shared, &caller, new).await };
        self.shared.parts.acts.insist(act).await
    }

    /// A user.
    ///
    /// # Errors
    ///
    /// `NotFound`; trouble with the store.
    pub async fn get(&self, caller: &Caller, id: &UserId) -> Result<Arc<User>, UsersError> {
        self.shared.permit(caller, "get")?;
        let user = in_time(async { Ok(self.shared.parts.users.get(id).await?) }).await?;
        user.ok_or(UsersError::NotFound)
    }

    /// A page of users, by name.
    ///
    /// # Errors
    ///
    /// Trouble with the store.
    pub async fn list(&self, caller: &Caller, query: &UserQuery) -> Result<UserPage, UsersError> {
        self.shared.permit(caller, "list")?;
        Ok(in_time(async { Ok(self.shared.parts.users.list(query).await?) }).await?)
    }

    /// Changes what a patch names, if the record still has `version`, where one is given.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), `NotFound`, `Stale`, and a conflict where it would lock everybody out or others kept changing it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn update(
        &self,
        caller: &Caller,
        id: UserId,
        patch: UserPatch,
        version: Option<u64>,
    ) -> Result<Arc<User>, UsersError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let act = async move { update::update(&shared, &caller, &id, &patch, version).await };
        self.shared.parts.acts.insist(act).await
    }

    /// Removes a user, and with them all their tokens.
    ///
    /// # Errors
    ///
    /// `NotFound` also where they are gone already, `Stale`, a conflict where it would lock everybody out, trouble with the store.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn delete(&self, caller: &Caller, id: UserId, version: Option<u64>) -> Result<(), UsersError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let act = async move { update::delete(&shared, &caller, &id, version).await };
        self.shared.parts.acts.insist(act).await
    }

    /// A caller whose credential was verified; who they are is known where a token of this login names them.
    #[must_use]
    pub fn caller(&self, principal: &Principal) -> Caller {
        let caller = Caller::of(principal);
        match self.shared.parts.user_of(principal) {
            Some((user, _)) => caller.who_is(user),
            None => caller,
        }
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").field("administers", &self.shared.administers).finish_non_exhaustive()
    }
}
