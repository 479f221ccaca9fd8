//! The port to whatever keeps refresh tokens.

use super::record::RefreshFamily;
use crate::{
    login::id::{FamilyId, UserId},
    store_error::StoreError,
};
use palisade_core::{Reply, UnixTime};
use std::{fmt, sync::Arc};

/// Keeps one record for each line of refresh tokens.
///
/// It decides nothing. Every implementation runs the law, `refresh_suite!`, which the feature `suite` brings.
pub trait RefreshStore: fmt::Debug + Send + Sync + 'static {
    /// The family with this id, revoked and ended ones included as long as they are remembered.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told; `None` is never an answer to trouble.
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>>;

    /// Adds a family, and forgets those of the same user that have ended at `now`, and of the others the revoked ones before those that
    /// hold, and among these the ones that were renewed longest ago, so that at most [`MAX_FAMILIES`] of a user are left, with the new
    /// one.
    ///
    /// # Errors
    ///
    /// `Conflict` where the id is taken. After `Unavailable` it may have been made.
    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>>;

    /// Replaces the family with this id, if its version is still the one in here; the store counts the version up.
    ///
    /// # Errors
    ///
    /// `Conflict` where it is not there or has another version. After `Unavailable` it may have been made.
    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>>;

    /// Forgets all families of a user.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it may not have been done.
    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>>;

    /// Whether other nodes see what is kept here, and a restart keeps it. A stack that runs on several nodes refuses one that does not
    /// say so.
    fn is_shared(&self) -> bool {
        false
    }
}

/// The most families of one user: devices that stay logged in.
pub const MAX_FAMILIES: usize = 32;

impl<S: RefreshStore + ?Sized> RefreshStore for Arc<S> {
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>> {
        (**self).get(id)
    }

    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>> {
        (**self).insert(family, now)
    }

    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>> {
        (**self).update(family)
    }

    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>> {
        (**self).forget(user)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}
