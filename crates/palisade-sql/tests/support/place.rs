//! Where a database is, for a test alone.

use super::server::{self, Server, patient};
use palisade_sql::SqlStore;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};
use std::{path::PathBuf, sync::Arc};
use tempfile::TempDir;

/// Where a database is, for a test alone.
#[derive(Debug)]
pub enum Place {
    File(TempDir),
    Server(Arc<Server>, String),
}

impl Place {
    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// Nothing, and a note, where there is no server.
    pub async fn server() -> Option<Self> {
        let server = server::shared()?;
        let database = server.database().await;
        Some(Self::Server(server, database))
    }

    /// A file, and a server where there is one.
    pub async fn each() -> Vec<Self> {
        [Some(Self::file()), Self::server().await].into_iter().flatten().collect()
    }

    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(directory) => Some(directory.path().join("data")),
            Self::Server(..) => None,
        }
    }

    pub fn url(&self) -> String {
        match self {
            Self::File(directory) => format!("sqlite:{}", directory.path().join("data/logins.db").display()),
            Self::Server(server, database) => server.url(database),
        }
    }

    pub async fn open(&self) -> SqlStore {
        patient(&self.url()).open().await.unwrap()
    }

    /// Says something to the database, beside the stores.
    pub async fn say(&self, words: &str) {
        match self {
            Self::File(_) => {
                let mut client = SqliteConnection::connect(&self.url()).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(words.to_owned())).execute(&mut client).await.unwrap();
                client.close().await.unwrap();
            }
            Self::Server(server, database) => server.say(database, words).await,
        }
    }

    pub async fn number(&self, words: &str) -> i64 {
        match self {
            Self::File(_) => {
                let mut client = SqliteConnection::connect(&self.url()).await.unwrap();
                let query = sqlx::query(AssertSqlSafe(words.to_owned()));
                query.fetch_one(&mut client).await.unwrap().get(0)
            }
            Self::Server(server, database) => server.number(database, words).await,
        }
    }
}
