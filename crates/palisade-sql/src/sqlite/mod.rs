//! Keys in a file.

mod file;
mod migrate;
mod pools;
mod statements;
#[cfg(test)]
mod tests;

use crate::{
    error::{OpenError, OpenErrorKind},
    failure::Failure,
    lent::Lent,
    operations::Operations,
    settings::Settings,
    task::Task,
};
use palisade_apikey::StoreError;
use palisade_core::Reply;
use pools::Pools;
use sqlx::{
    ConnectOptions as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
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
    operations: Operations<Pools>,
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
        let shared = Arc::new(Pools::new(readers, writer, seen));
        let reading = settings.acquire + settings.query;
        Ok(Self {
            _watch: Task::spawn(watch(Arc::clone(&shared))),
            operations: Operations::new(shared, reading, reading + BUSY),
        })
    }

    pub(crate) fn operations(&self) -> &Operations<Pools> {
        &self.operations
    }

    pub(crate) fn ready(&self) -> Reply<Result<(), StoreError>> {
        self.operations.look(async |pools| pools.look().await)
    }

    pub(crate) fn connections(&self) -> u32 {
        self.operations.shared().readers.size() + self.operations.shared().writer.size()
    }

    pub(crate) async fn close(&self) {
        // The last one to go brings the log into the file, and only a writer may.
        self.operations.shared().readers.close().await;
        self.operations.shared().writer.close().await;
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

async fn watch(shared: Arc<Pools>) {
    loop {
        tokio::time::sleep(LOOK).await;
        if !shared.listeners.is_empty() {
            // The count tells afterwards what could not be seen now, and caches go by age until then.
            let _ = shared.look().await;
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("connections", &self.connections()).finish_non_exhaustive()
    }
}
