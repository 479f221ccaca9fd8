//! Where keys, users and logins are kept.

use crate::data_dir::DataDir;
use palisade_sql::{OpenError, SqlStore};
use std::time::Duration;
use thiserror::Error;

/// The database in the data directory, unless another one is named.
pub const FILE: &str = "palisade.db";

/// A connection over TLS to another machine takes several round trips; afterwards it stays.
const CONNECTING: Duration = Duration::from_secs(1);

/// Where keys, users and logins are kept.
#[derive(Clone, Debug)]
pub struct Database {
    store: SqlStore,
    place: String,
}

/// The database cannot be opened.
#[derive(Debug, Error)]
#[error("cannot open the database")]
pub struct DatabaseError(#[from] OpenError);

impl Database {
    /// Opens the database at `url`, `sqlite:…` or `postgres://…`, or the one in the data directory.
    ///
    /// # Errors
    ///
    /// Where it cannot be used; the error never repeats the URL.
    pub async fn open(dir: &DataDir, url: Option<&str>) -> Result<Self, DatabaseError> {
        let file = dir.file(FILE);
        let (url, place) = match url {
            // A URL may hold a password.
            Some(url) => (url.to_owned(), "the database of --database-url".to_owned()),
            None => (format!("sqlite:{}", file.display()), file.display().to_string()),
        };
        let store = SqlStore::builder(&url).acquire_timeout(CONNECTING).open().await?;
        Ok(Self { store, place })
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &SqlStore {
        &self.store
    }

    /// Where it is, for people.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }
}
