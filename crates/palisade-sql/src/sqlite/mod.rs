//! Keys in a file.

mod file;
mod migrate;
mod shared;
mod statements;
#[cfg(test)]
mod tests;

#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{cells::Cells, step::Step};
use crate::{
    error::{OpenError, OpenErrorKind},
    failure::Failure,
    lane::Lane,
    lent::Lent,
    plan::Plan,
    settings::Settings,
    statement::Statement,
    task::Task,
};
use palisade_apikey::{Change, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore, StoreError};
use palisade_core::{Reply, UnixTime};
use shared::Shared;
use sqlx::{
    ConnectOptions as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

/// How long a writer waits for one in another process.
const BUSY: Duration = Duration::from_secs(2);
/// How often opening is tried again while another process opens the same file, and after how long.
const STARTS: u32 = 80;
const START_AGAIN: Duration = Duration::from_millis(25);
/// How often a change by another process is looked for.
const LOOK: Duration = Duration::from_millis(300);

/// Keys in a file: one connection that writes, some that read, each on a thread of its own.
pub(crate) struct Sqlite {
    shared: Arc<Shared>,
    lane: Lane,
    reading: Duration,
    writing: Duration,
    _watch: Task<()>,
}

impl Sqlite {
    pub(crate) async fn open(path: PathBuf, read_only: bool, settings: Settings) -> Result<Self, OpenError> {
        let options = options(path, read_only).await?;
        let writer = pool(1, BUSY + settings.acquire, options.clone().busy_timeout(BUSY));
        let reader = options.busy_timeout(settings.acquire).pragma("query_only", "ON");
        let readers = pool(settings.connections.div_ceil(2), settings.acquire, reader);
        let begin = async || {
            let mut lent = Lent::from(&writer).await?;
            let connection = lent.get()?;
            migrate::migrate(connection).await?;
            let count = statements::count(connection).await;
            lent.settle(count)
        };
        let mut begun = begin().await;
        // SQLite does not wait for others who change the journal mode as this does; whoever comes second asks again.
        for _ in 0..STARTS {
            if !begun.as_ref().is_err_and(Failure::is_busy) {
                break;
            }
            tokio::time::sleep(START_AGAIN).await;
            begun = begin().await;
        }
        let seen = begun.map_err(|failure| match failure {
            Failure::Newer => OpenErrorKind::Newer.into(),
            failure => OpenError::database(failure.into()),
        })?;
        let shared = Arc::new(Shared::new(readers, writer, seen));
        Ok(Self {
            lane: Lane::new(),
            reading: settings.acquire + settings.query,
            writing: settings.acquire + BUSY + settings.query,
            _watch: Task::spawn(watch(Arc::clone(&shared))),
            shared,
        })
    }

    pub(crate) fn ready(&self) -> Reply<Result<(), StoreError>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.reading, async move { shared.look().await })
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

    pub(crate) fn connections(&self) -> u32 {
        self.shared.readers.size() + self.shared.writer.size()
    }

    pub(crate) async fn close(&self) {
        // The last one to go brings the log into the file, and only a writer may.
        self.shared.readers.close().await;
        self.shared.writer.close().await;
    }
}

async fn options(path: PathBuf, read_only: bool) -> Result<SqliteConnectOptions, OpenError> {
    let mut options = SqliteConnectOptions::new()
        .filename(&path)
        .foreign_keys(true)
        // A change that was reported survives a loss of power too.
        .synchronous(SqliteSynchronous::Full)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        // What takes back half a statement of several rows is never needed after the process ended.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    if read_only {
        return Ok(options.read_only(true));
    }
    options = options.journal_mode(SqliteJournalMode::Wal);
    let prepared = tokio::task::spawn_blocking(move || file::prepare(&path)).await;
    prepared.map_err(|_| OpenErrorKind::NoRuntime)?.map_err(OpenError::file)?;
    Ok(options)
}

/// Whether such a file could be opened; makes nothing.
pub(crate) fn look(path: &Path, read_only: bool) -> Result<(), OpenError> {
    file::look(path, read_only).map_err(|fault| match read_only {
        // Nobody makes one.
        true => OpenErrorKind::Database.into(),
        false => OpenError::file(fault),
    })
}

fn pool(most: u32, acquire: Duration, options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(most)
        .acquire_timeout(acquire)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options)
}

async fn watch(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(LOOK).await;
        if !shared.listeners.is_empty() {
            // The count tells afterwards what could not be seen now, and caches go by age until then.
            let _ = shared.look().await;
        }
    }
}

impl KeyStore for Sqlite {
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
        self.shared.listeners.add(listener)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("connections", &self.connections()).finish_non_exhaustive()
    }
}
