//! A database.

#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{cells::Cells, dialect::Dialect, failure::Failure, statement::Statement, step::Step};
use crate::{postgres::Postgres, sqlite::Sqlite};
use palisade_apikey::{Change, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore, StoreError};
use palisade_core::{Reply, UnixTime};
use std::{
    fmt,
    sync::{Arc, Weak},
};

/// Keys in SQLite or PostgreSQL; cheap to clone. Put it into a [`CachedStore`](palisade_apikey::CachedStore).
///
/// With the feature `jwt` it keeps revocations of tokens, and with `login` users and refresh tokens. Those are not cached: what one node
/// changed the others see when they ask next.
///
/// # Cancel safety
///
/// What was begun ends, also when nobody waits for it any more.
#[derive(Clone)]
pub struct SqlStore(Database);

#[derive(Clone)]
enum Database {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl SqlStore {
    pub(crate) fn sqlite(database: Sqlite) -> Self {
        Self(Database::Sqlite(Arc::new(database)))
    }

    pub(crate) fn postgres(database: Postgres) -> Self {
        Self(Database::Postgres(Arc::new(database)))
    }

    /// Whether the database answers, for readiness.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it does not, or was not reached since the start.
    pub fn ready(&self) -> Reply<Result<(), StoreError>> {
        match &self.0 {
            Database::Sqlite(database) => database.ready(),
            Database::Postgres(database) => database.ready(),
        }
    }

    /// How many connections there are; the one that hears of changes is not counted.
    #[must_use]
    pub fn connections(&self) -> u32 {
        match &self.0 {
            Database::Sqlite(database) => database.connections(),
            Database::Postgres(database) => database.connections(),
        }
    }

    /// Ends all connections, for this value and its clones, once what was begun has ended. Not needed before the
    /// process ends.
    pub async fn close(&self) {
        match &self.0 {
            Database::Sqlite(database) => database.close().await,
            Database::Postgres(database) => database.close().await,
        }
    }

    /// Reads rows, and makes of them what is asked for.
    #[cfg(any(feature = "jwt", feature = "audit"))]
    pub(crate) fn ask<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        statement: Statement,
        read: impl FnOnce(Vec<Cells>) -> Result<T, Failure> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        match &self.0 {
            Database::Sqlite(database) => database.operations().ask(statement, read),
            Database::Postgres(database) => database.operations().ask(statement, read),
        }
    }

    /// Does all steps or none; which they are may hang on the database.
    #[cfg(feature = "jwt")]
    pub(crate) fn act<E: From<Failure> + Send + 'static>(
        &self,
        steps: impl FnOnce(Dialect) -> Vec<Step>,
    ) -> Reply<Result<(), E>> {
        match &self.0 {
            Database::Sqlite(database) => database.operations().act(steps(Dialect::Sqlite)),
            Database::Postgres(database) => database.operations().act(steps(Dialect::Postgres)),
        }
    }

    /// Reads, and does what follows from that, with nobody in between where the first statement locks: all of it or nothing.
    #[cfg(feature = "audit")]
    pub(crate) fn turn<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        reads: impl FnOnce(Dialect) -> Vec<Statement>,
        follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        match &self.0 {
            Database::Sqlite(database) => database.operations().turn(reads(Dialect::Sqlite), follow),
            Database::Postgres(database) => database.operations().turn(reads(Dialect::Postgres), follow),
        }
    }

    fn keys(&self) -> &dyn KeyStore {
        match &self.0 {
            Database::Sqlite(database) => database.operations(),
            Database::Postgres(database) => database.operations(),
        }
    }
}

impl KeyStore for SqlStore {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        self.keys().get(id)
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        self.keys().write(changes)
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        self.keys().list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        self.keys().touch(id, at)
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.keys().subscribe(listener)
    }

    fn is_shared(&self) -> bool {
        self.keys().is_shared()
    }
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database: &dyn fmt::Debug = match &self.0 {
            Database::Sqlite(database) => database,
            Database::Postgres(database) => database,
        };
        f.debug_tuple("SqlStore").field(database).finish()
    }
}
