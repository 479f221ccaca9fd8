//! A store as tests want it.

use palisade_core::{Reply, UnixTime};
use palisade_jwt::{
    MemoryRevocations, Revocation, Revocations, StoreError, StoreErrorKind, TokenMarks,
    login::{
        CanonicalName, FamilyId, MemoryRefresh, MemoryUsers, RefreshFamily, RefreshStore, User, UserChange,
        UserId, UserPage, UserQuery, UserStore,
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

/// A store that counts, and that can be broken.
#[derive(Debug, Default)]
pub(crate) struct Store<S>(pub(crate) Arc<Inner<S>>);

impl<S> Clone for Store<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Inner<S> {
    pub(crate) memory: S,
    broken: AtomicBool,
    unwritable: AtomicBool,
    hanging: AtomicBool,
    slow_to_write: AtomicBool,
    writing: AtomicUsize,
    asked: AtomicUsize,
}

impl<S> Store<S> {
    pub(crate) fn set_broken(&self, broken: bool) {
        self.0.broken.store(broken, SeqCst);
    }

    pub(crate) fn set_unwritable(&self, unwritable: bool) {
        self.0.unwritable.store(unwritable, SeqCst);
    }

    pub(crate) fn set_hanging(&self, hanging: bool) {
        self.0.hanging.store(hanging, SeqCst);
    }

    /// Holds up whoever writes, until told otherwise.
    pub(crate) fn set_slow_to_write(&self, slow: bool) {
        self.0.slow_to_write.store(slow, SeqCst);
    }

    /// How many are held up.
    pub(crate) fn writing(&self) -> usize {
        self.0.writing.load(SeqCst)
    }

    /// Until it is let through.
    async fn held_up(&self) {
        self.0.writing.fetch_add(1, SeqCst);
        while self.0.slow_to_write.load(SeqCst) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        self.0.writing.fetch_sub(1, SeqCst);
    }

    pub(crate) fn asked(&self) -> usize {
        self.0.asked.load(SeqCst)
    }

    fn whole(&self) -> Result<(), StoreError> {
        self.0.asked.fetch_add(1, SeqCst);
        if self.0.broken.load(SeqCst) { Err(StoreErrorKind::Unavailable.into()) } else { Ok(()) }
    }

    fn writable(&self) -> Result<(), StoreError> {
        self.whole()?;
        if self.0.unwritable.load(SeqCst) { Err(StoreErrorKind::Unavailable.into()) } else { Ok(()) }
    }

    /// Answers later, as a database does.
    fn later<T: 'static + Send>(
        &self,
        check: impl Fn(&Self) -> Result<(), StoreError> + Send + 'static,
        ask: impl FnOnce(&S) -> Reply<Result<T, StoreError>> + Send + 'static,
    ) -> Reply<Result<T, StoreError>>
    where
        S: Send + Sync + 'static,
    {
        let this = self.clone();
        Reply::later(async move {
            check(&this)?;
            if this.0.hanging.load(SeqCst) {
                std::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
            ask(&this.0.memory).await
        })
    }
}

impl UserStore for Store<MemoryUsers> {
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        let name = name.clone();
        self.later(Self::whole, move |memory| memory.find(&name))
    }

    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        let id = *id;
        self.later(Self::whole, move |memory| memory.get(&id))
    }

    fn write(&self, changes: Vec<UserChange>) -> Reply<Result<(), StoreError>> {
        let this = self.clone();
        Reply::later(async move {
            this.held_up().await;
            this.later(Self::writable, move |memory| memory.write(changes)).await
        })
    }

    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>> {
        let query = query.clone();
        self.later(Self::whole, move |memory| memory.list(&query))
    }
}

impl RefreshStore for Store<MemoryRefresh> {
    fn get(&self, id: &FamilyId) -> Reply<Result<Option<RefreshFamily>, StoreError>> {
        let id = *id;
        self.later(Self::whole, move |memory| memory.get(&id))
    }

    fn insert(&self, family: RefreshFamily, now: UnixTime) -> Reply<Result<(), StoreError>> {
        self.later(Self::writable, move |memory| memory.insert(family, now))
    }

    fn update(&self, family: RefreshFamily) -> Reply<Result<(), StoreError>> {
        self.later(Self::writable, move |memory| memory.update(family))
    }

    fn forget(&self, user: &UserId) -> Reply<Result<(), StoreError>> {
        let user = *user;
        self.later(Self::writable, move |memory| memory.forget(&user))
    }
}

impl Revocations for Store<MemoryRevocations> {
    fn revoke(&self, revocation: &Revocation, now: palisade_core::Moment) -> Reply<Result<(), StoreError>> {
        let revocation = *revocation;
        self.later(Self::writable, move |memory| memory.revoke(&revocation, now))
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        match self.whole() {
            Ok(()) => self.0.memory.revoked(token),
            Err(error) => Reply::now(Err(error)),
        }
    }
}
