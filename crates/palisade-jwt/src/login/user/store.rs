//! The port to whatever keeps users.

use super::record::User;
use crate::{
    login::{id::UserId, name::CanonicalName},
    store_error::StoreError,
};
use palisade_core::Reply;
use std::{fmt, sync::Arc};

/// Keeps users.
///
/// It decides nothing. Every implementation runs the law, `user_suite!`, which the feature `suite` brings.
pub trait UserStore: fmt::Debug + Send + Sync + 'static {
    /// The user of this name.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told; `None` is never an answer to trouble.
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>>;

    /// The user with this id.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told.
    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>>;

    /// Makes all changes, in one step that no other writer can come between, or none; up to [`MAX_USER_CHANGES`], each of another user.
    ///
    /// # Errors
    ///
    /// `Conflict` where a change does not fit what is there; `Invalid` where one breaks a bound. Nothing is changed then. After
    /// `Unavailable` the changes may have been made.
    fn write(&self, changes: Vec<UserChange>) -> Reply<Result<(), StoreError>>;

    /// A page of users, by their names in the spelling that counts, rising by bytes.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told.
    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>>;

    /// Whether other nodes see what is kept here, and a restart keeps it. A stack that runs on several nodes refuses one that does not
    /// say so.
    fn is_shared(&self) -> bool {
        false
    }
}

/// The most changes of one [`UserStore::write`].
pub const MAX_USER_CHANGES: usize = 16;
/// The most users of one page.
pub const MAX_USER_PAGE: usize = 100;

/// One change to a store of users.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UserChange {
    /// Add this user; id and name must be new.
    Insert(User),
    /// Replace the user with this id, if its version is still the one in here; the store counts the version up. A name that changes must
    /// be new.
    Update(User),
    /// Forget the user, if it still has this version.
    Delete {
        /// Whom.
        id: UserId,
        /// The version that was read.
        version: u64,
    },
    /// Change nothing, and make the other changes only if this user still has this version: for decisions that rest on it.
    Unchanged {
        /// Whom.
        id: UserId,
        /// The version on which the decision rests.
        version: u64,
    },
}

impl UserChange {
    /// Whom it is about.
    #[must_use]
    pub const fn id(&self) -> UserId {
        match self {
            Self::Insert(user) | Self::Update(user) => user.id,
            Self::Delete { id, .. } | Self::Unchanged { id, .. } => *id,
        }
    }
}

/// Which users are listed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UserQuery {
    /// After this name.
    pub after: Option<CanonicalName>,
    /// How many, 1 to [`MAX_USER_PAGE`]; 0 counts as 1 and more as the most.
    pub limit: usize,
}

impl UserQuery {
    /// The first so many.
    #[must_use]
    pub const fn first(limit: usize) -> Self {
        Self { after: None, limit }
    }

    /// How many users the page may hold.
    #[must_use]
    pub fn page_len(&self) -> usize {
        self.limit.clamp(1, MAX_USER_PAGE)
    }
}

/// A page of users.
#[derive(Clone, Debug, Default)]
pub struct UserPage {
    /// The users, by name.
    pub users: Vec<Arc<User>>,
    /// After whom the next page begins; `None` where there is none.
    pub next: Option<CanonicalName>,
}

impl<S: UserStore + ?Sized> UserStore for Arc<S> {
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        (**self).find(name)
    }

    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        (**self).get(id)
    }

    fn write(&self, changes: Vec<UserChange>) -> Reply<Result<(), StoreError>> {
        (**self).write(changes)
    }

    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>> {
        (**self).list(query)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}
