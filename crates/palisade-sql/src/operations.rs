//! Operations on a database, each on its lane and within its time.

#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{cells::Cells, step::Step};
use crate::{failure::Failure, lane::Lane, plan::Plan, shared::Shared, statement::Statement};
use palisade_apikey::{Change, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore, StoreError};
use palisade_core::{Reply, UnixTime};
use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

/// Operations on a database; they end, also when nobody waits for them any more.
pub(crate) struct Operations<S> {
    shared: Arc<S>,
    lane: Lane,
    /// How long one may take that reads, or that writes.
    reading: Duration,
    writing: Duration,
}

impl<S: Shared> Operations<S> {
    pub(crate) fn new(shared: Arc<S>, reading: Duration, writing: Duration) -> Self {
        Self { shared, lane: Lane::new(), reading, writing }
    }

    pub(crate) fn shared(&self) -> &Arc<S> {
        &self.shared
    }

    /// Does what changes nothing.
    pub(crate) fn look<F: Future<Output = Result<(), Failure>> + Send + 'static>(
        &self,
        look: impl FnOnce(Arc<S>) -> F,
    ) -> Reply<Result<(), StoreError>> {
        self.lane.run(self.reading, look(Arc::clone(&self.shared)))
    }

    /// Reads rows, and makes of them what is asked for.
    #[cfg(any(feature = "jwt", feature = "audit"))]
    pub(crate) fn ask<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        statement: Statement,
        read: impl FnOnce(Vec<Cells>) -> Result<T, Failure> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.reading, async move { read(shared.read(statement).await?) })
    }

    /// Does all steps or none.
    #[cfg(feature = "jwt")]
    pub(crate) fn act<E: From<Failure> + Send + 'static>(&self, steps: Vec<Step>) -> Reply<Result<(), E>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.writing, async move { shared.act(steps).await })
    }

    /// Reads, and does what follows from that: all of it or nothing.
    #[cfg(feature = "audit")]
    pub(crate) fn turn<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        reads: Vec<Statement>,
        follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.writing, async move { shared.turn(reads, follow).await })
    }
}

impl<S: Shared> KeyStore for Operations<S> {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        let (shared, statement) = (Arc::clone(&self.shared), Statement::get(id));
        self.lane.run(self.reading, async move { shared.get(statement).await })
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        let plan = match Plan::of(changes) {
            Ok(plan) if plan.is_empty() => return Reply::now(Ok(())),
            Ok(plan) => plan,
            Err(failure) => return Reply::now(Err(failure.into())),
        };
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.writing, async move { shared.write(&plan).await })
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        let (shared, query) = (Arc::clone(&self.shared), query.clone());
        self.lane.run(self.reading, async move { shared.list(&query).await })
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        let (shared, statement) = (Arc::clone(&self.shared), Statement::touch(id, at));
        self.lane.run(self.writing, async move { shared.change(statement).await })
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.shared.listeners().add(listener)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl<S> fmt::Debug for Operations<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations").finish_non_exhaustive()
    }
}
