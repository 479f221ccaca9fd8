//! How a store is opened.

use crate::{
    error::{OpenError, OpenErrorKind},
    postgres::Postgres,
    settings::Settings,
    sqlite::Sqlite,
    store::SqlStore,
    target::Target,
};
use std::{fmt, time::Duration};
use tokio::runtime::Handle;

/// Settings of a store; [`SqlStore::builder`] begins.
#[derive(Clone)]
pub struct SqlStoreBuilder {
    url: String,
    settings: Settings,
    plaintext: bool,
}

impl SqlStore {
    /// Opens the database at this URL: `sqlite:./data/palisade.db`, or `postgres://user:password@host/database`.
    ///
    /// # Errors
    ///
    /// As [`SqlStoreBuilder::open`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::builder(url).open().await
    }

    /// Begins with the settings that hold where nothing is said.
    #[must_use]
    pub fn builder(url: &str) -> SqlStoreBuilder {
        SqlStoreBuilder::new(url)
    }
}

impl SqlStoreBuilder {
    fn new(url: &str) -> Self {
        let settings = Settings {
            connections: 10,
            acquire: Duration::from_millis(250),
            query: Duration::from_secs(1),
            absent: false,
        };
        Self { url: url.to_owned(), settings, plaintext: false }
    }

    /// The most connections, 1 to 100, 10 where nothing is said. With PostgreSQL one more hears of changes; SQLite has
    /// half of them at most for reading, and one for writing.
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.settings.connections = most;
        self
    }

    /// How long an operation waits for a connection, one that must be made included: 10 milliseconds to 2 seconds, 250 milliseconds
    /// where nothing is said.
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.settings.acquire = timeout;
        self
    }

    /// How long the database may take for an operation: 10 milliseconds to 2 seconds, one second where nothing is said. Changes
    /// in SQLite may take 2 seconds more, while another process writes.
    #[must_use]
    pub fn query_timeout(mut self, timeout: Duration) -> Self {
        self.settings.query = timeout;
        self
    }

    /// Opens also where the PostgreSQL server cannot be reached yet. Everything is unavailable until it is;
    /// [`SqlStore::ready`] tells.
    #[must_use]
    pub fn start_without_server(mut self) -> Self {
        self.settings.absent = true;
        self
    }

    /// Speaks with a server on another machine without TLS, or without knowing that it is the right one: for networks
    /// that encrypt by themselves.
    #[must_use]
    pub fn dangerous_plaintext(mut self) -> Self {
        self.plaintext = true;
        self
    }

    /// Opens the database, makes it where it is a file that is not there, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// Where a setting is out of bounds, the database cannot be used, or is newer than this program. The error never
    /// repeats the URL.
    pub async fn open(self) -> Result<SqlStore, OpenError> {
        let target = self.target()?;
        if Handle::try_current().is_err() {
            return Err(OpenErrorKind::NoRuntime.into());
        }
        match target {
            Target::Sqlite { path, read_only } => {
                Sqlite::open(path, read_only, self.settings).await.map(SqlStore::sqlite)
            }
            Target::Postgres(options) => {
                Postgres::open(*options, self.settings).await.map(SqlStore::postgres)
            }
        }
    }

    /// Whether it could be opened, as far as that can be told without asking a server; makes nothing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn check(&self) -> Result<(), OpenError> {
        match self.target()? {
            Target::Sqlite { path, read_only } => crate::sqlite::look(&path, read_only),
            Target::Postgres(_) => Ok(()),
        }
    }

    /// Where it is, if its settings are within their bounds.
    fn target(&self) -> Result<Target, OpenError> {
        let bound =
            |timeout: Duration| (Duration::from_millis(10)..=Duration::from_secs(2)).contains(&timeout);
        if !(1..=100).contains(&self.settings.connections) {
            return Err(OpenErrorKind::Connections.into());
        }
        if !bound(self.settings.acquire) {
            return Err(OpenErrorKind::AcquireTimeout.into());
        }
        if !bound(self.settings.query) {
            return Err(OpenErrorKind::QueryTimeout.into());
        }
        Ok(Target::parse(&self.url, self.plaintext)?)
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for SqlStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStoreBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
