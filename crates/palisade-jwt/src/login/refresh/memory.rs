//! Refresh tokens in the memory of this process.

use super::{
    record::RefreshFamily,
    store::{MAX_FAMILIES, RefreshStore},
};
use crate::{
    login::id::{FamilyId, UserId},
    store_error::{StoreError, StoreErrorKind},
};
use palisade_core::{Reply, UnixTime};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Refresh tokens in the memory of this process: whoever is logged in must log in again when it ends.
///
/// Holds at most [`MAX_FAMILIES`] for each user, so it grows with users and not with logins.
#[derive(Default)]
pub struct MemoryRefresh(Mutex<Families>);

#[derive(Default)]
struct Families {
    by_id: HashMap<FamilyId, RefreshFamily>,
    by_user: HashMap<UserId, Vec<FamilyId>>,
}

impl MemoryRefresh {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many families it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.turn().by_id.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn turn(&self) -> MutexGuard<'_, Families> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Families {
    fn insert(&mut self, family: RefreshFamily, now: UnixTime) -> Result<(), StoreErrorKind> {
        if self.by_id.contains_key(&family.id) {
            return Err(StoreErrorKind::Conflict);
        }
        let of_user = self.by_user.entry(family.user).or_default();
        // Those that hold stay longest.
        let worth =
            |id: &FamilyId| self.by_id.get(id).map(|family| (family.revoked.is_none(), family.renewed));
        of_user.sort_by_key(worth);
        let ended = |id: &FamilyId| self.by_id.get(id).is_none_or(|family| family.expires <= now);
        let (gone, mut kept): (Vec<_>, Vec<_>) = of_user.drain(..).partition(ended);
        let too_many = (kept.len() + 1).saturating_sub(MAX_FAMILIES);
        for id in gone.into_iter().chain(kept.drain(..too_many)) {
            self.by_id.remove(&id);
        }
        kept.push(family.id);
        *of_user = kept;
        self.by_id.insert(family.id, family);
        Ok(())
    }

    fn update(&mut self, mut family: RefreshFamily) -> Result<(), StoreErrorKind> {
        match self.by_id.get_mut(&family.id) {
            Some(there) if there.version == family.version && there.user == family.user => {
                family.version = family.version.saturating_add(1);
                *there = family;
                Ok(())
            }
            _ => Err(StoreErrorKind::Conflict),
        }
    }

    fn forget(&mut self, user: &UserId) {
        for id in self.by_user.remove(user).unwrap_or_default() {
            self.by_id.remove(&id);
        }
    }
}

impl RefreshStore for MemoryRefresh {
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>> {
        Reply::now(Ok(self.turn().by_id.get(id).cloned()))
    }

    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>> {
        Reply::now(self.turn().insert(family, now).map_err(StoreError::from))
    }

    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>> {
        Reply::now(self.turn().update(family).map_err(StoreError::from))
    }

    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>> {
        self.turn().forget(user);
        Reply::now(Ok(()))
    }
}

impl fmt::Debug for MemoryRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRefresh").field("families", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    mod law {
        crate::refresh_suite!(super::super::MemoryRefresh::new);
    }
}
