//! Why a store cannot be opened.

use palisade_apikey::StoreError;
use std::{error::Error, fmt, io};

/// Why a store cannot be opened. It never repeats the URL, which may hold a password.
#[derive(Debug)]
pub struct OpenError {
    kind: OpenErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What keeps a store from being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// The URL is none that this crate understands.
    #[error("the URL is of the form sqlite:path/to/file.db, or postgres://user:password@host/database")]
    Url,
    /// The URL has a parameter that this crate does not know.
    #[error(
        "the URL has a parameter that is not known here: sqlite takes mode=ro, and postgres sslmode, sslrootcert, sslcert, sslkey, host, application_name"
    )]
    Parameter,
    /// Records in memory would be gone with the process.
    #[error("a database in memory forgets every key; use MemoryStore where that is wanted")]
    InMemory,
    /// The password would cross a network in the clear, or the server would not be recognised.
    #[error(
        "a PostgreSQL server on another machine needs the feature `tls` and sslmode=verify-full, or dangerous_plaintext() where the network itself is trusted"
    )]
    Plaintext,
    /// A pool has 1 to 100 connections.
    #[error("a store has 1 to 100 connections")]
    Connections,
    /// Waiting for a connection takes 10 milliseconds to 2 seconds.
    #[error("the acquire timeout is 10 milliseconds to 2 seconds")]
    AcquireTimeout,
    /// A query takes 10 milliseconds to 2 seconds.
    #[error("the query timeout is 10 milliseconds to 2 seconds")]
    QueryTimeout,
    /// The file or its directory cannot be made, or be made private to its owner.
    #[error(
        "the database file cannot be opened with mode 0600: look at the owner and mode of it and of its directory"
    )]
    File,
    /// The database does not answer, or refuses.
    #[error("the database cannot be used: is it there, and do user, password and database name fit?")]
    Database,
    /// A newer release of this crate has been here.
    #[error(
        "the database was migrated by a newer release than this one; upgrade this program, or restore a backup"
    )]
    Newer,
    /// Nothing is there that could wait for a database.
    #[error("a store is opened inside a tokio runtime with timers and I/O")]
    NoRuntime,
}

impl OpenError {
    pub(crate) fn file(source: io::Error) -> Self {
        Self { kind: OpenErrorKind::File, source: Some(Box::new(source)) }
    }

    pub(crate) fn database(source: StoreError) -> Self {
        Self { kind: OpenErrorKind::Database, source: Some(Box::new(source)) }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl From<OpenErrorKind> for OpenError {
    fn from(kind: OpenErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
