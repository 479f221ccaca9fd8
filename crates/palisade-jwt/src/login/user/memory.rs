//! Users in the memory of this process.

use super::{
    record::User,
    store::{MAX_USER_CHANGES, UserChange, UserPage, UserQuery, UserStore},
};
use crate::{
    login::{id::UserId, name::CanonicalName},
    store_error::{StoreError, StoreErrorKind},
};
use palisade_core::Reply;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

/// Users in the memory of this process: for tests, for a single node whose users come from elsewhere at every start, and as the model of the
/// port. Everything is forgotten at the end.
#[derive(Default)]
pub struct MemoryUsers(RwLock<Users>);

#[derive(Default)]
struct Users {
    by_id: HashMap<UserId, Arc<User>>,
    by_name: BTreeMap<CanonicalName, UserId>,
}

impl MemoryUsers {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many users it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().by_id.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read(&self) -> RwLockReadGuard<'_, Users> {
        // Nothing that can panic stands between two changes that belong together.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Users {
    fn write(&mut self, changes: Vec<UserChange>) -> Result<(), StoreErrorKind> {
        if changes.len() > MAX_USER_CHANGES {
            return Err(StoreErrorKind::Invalid);
        }
        for (at, change) in changes.iter().enumerate() {
            if changes.iter().take(at).any(|earlier| earlier.id() == change.id()) {
                return Err(StoreErrorKind::Invalid);
            }
            self.fits(change)?;
        }
        // Those that give a name free come first, whatever their order.
        let freed: Vec<CanonicalName> = changes.iter().filter_map(|change| self.frees(change)).collect();
        let mut given = BTreeSet::new();
        for change in &changes {
            if let UserChange::Insert(user) | UserChange::Update(user) = change {
                let name = user.name.canonical();
                let is_taken = self.by_name.contains_key(name) && !freed.contains(name);
                if is_taken || !given.insert(name) {
                    return Err(StoreErrorKind::Conflict);
                }
            }
        }
        for name in &freed {
            self.by_name.remove(name);
        }
        for change in changes {
            match change {
                UserChange::Insert(user) => self.put(user),
                UserChange::Update(mut user) => {
                    user.version = user.version.saturating_add(1);
                    self.put(user);
                }
                UserChange::Delete { id, .. } => {
                    self.by_id.remove(&id);
                }
                UserChange::Unchanged { .. } => {}
            }
        }
        Ok(())
    }

    /// The name that others may have after this change.
    fn frees(&self, change: &UserChange) -> Option<CanonicalName> {
        let goes = matches!(change, UserChange::Update(_) | UserChange::Delete { .. });
        let before = self.by_id.get(&change.id()).filter(|_| goes)?;
        Some(before.name.canonical().clone())
    }

    fn put(&mut self, user: User) {
        self.by_name.insert(user.name.canonical().clone(), user.id);
        self.by_id.insert(user.id, Arc::new(user));
    }

    fn fits(&self, change: &UserChange) -> Result<(), StoreErrorKind> {
        let version = self.by_id.get(&change.id()).map(|user| user.version);
        let fits = match change {
            UserChange::Insert(user) | UserChange::Update(user) if !user.is_bounded() => {
                return Err(StoreErrorKind::Invalid);
            }
            UserChange::Insert(_) => version.is_none(),
            UserChange::Update(user) => version == Some(user.version),
            UserChange::Delete { version: read, .. } | UserChange::Unchanged { version: read, .. } => {
                version == Some(*read)
            }
        };
        if fits { Ok(()) } else { Err(StoreErrorKind::Conflict) }
    }

    fn page(&self, query: &UserQuery) -> UserPage {
        let after = query.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = self.by_name.range::<CanonicalName, _>((after, Bound::Unbounded));
        let ids = found.by_ref().take(query.page_len());
        let users: Vec<_> = ids.filter_map(|(_, id)| self.by_id.get(id).cloned()).collect();
        let last = users.last().map(|user| user.name.canonical().clone());
        UserPage { users, next: last.filter(|_| found.next().is_some()) }
    }
}

impl UserStore for MemoryUsers {
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        let users = self.read();
        Reply::now(Ok(users.by_name.get(name).and_then(|id| users.by_id.get(id)).cloned()))
    }

    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        Reply::now(Ok(self.read().by_id.get(id).cloned()))
    }

    fn write(&self, changes: Vec<UserChange>) -> Reply<Result<(), StoreError>> {
        let mut users = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Reply::now(users.write(changes).map_err(StoreError::from))
    }

    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>> {
        Reply::now(Ok(self.read().page(query)))
    }
}

impl fmt::Debug for MemoryUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryUsers").field("users", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    mod law {
        crate::user_suite!(super::super::MemoryUsers::new);
    }
}
