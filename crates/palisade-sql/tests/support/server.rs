//! A PostgreSQL server of this machine, as these tests speak to it.

use super::{Notes, until};
use palisade_sql::{SqlStore, SqlStoreBuilder};
use palisade_testing::servers::Postgres;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// A server, ended with this value.
#[derive(Debug)]
pub struct Server {
    postgres: Postgres,
    databases: AtomicUsize,
}

impl Deref for Server {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.postgres
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Postgres {
        &mut self.postgres
    }
}

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// The server of the tests that leave it as it was; it ends with the last of them. Nothing, and a note, where there is none.
pub fn shared() -> Option<Arc<Server>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start()?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

impl Server {
    /// One for a test alone.
    pub fn start() -> Option<Self> {
        Postgres::start().map(Self::of)
    }

    /// One that speaks TLS, with this certificate and key in PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> Option<Self> {
        Postgres::options().tls(certificate, key).start().map(Self::of)
    }

    fn of(postgres: Postgres) -> Self {
        Self { postgres, databases: AtomicUsize::new(0) }
    }

    /// With a password that it does not ask for, and nobody else may be told.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://palisade:secret@127.0.0.1:{}/{database}", self.port())
    }

    /// A database that no other test uses.
    pub async fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Relaxed));
        self.say("postgres", &format!("CREATE DATABASE {name}")).await;
        name
    }

    pub async fn client(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.url(database)).await.unwrap()
    }

    /// Says something to a database.
    pub async fn say(&self, database: &str, words: &str) {
        let mut client = self.client(database).await;
        sqlx::raw_sql(AssertSqlSafe(words.to_owned())).execute(&mut client).await.unwrap();
        client.close().await.unwrap();
    }

    /// Asks for a number.
    pub async fn number(&self, database: &str, words: &str) -> i64 {
        let mut client = self.client(database).await;
        sqlx::query(AssertSqlSafe(words.to_owned())).fetch_one(&mut client).await.unwrap().get(0)
    }

    /// Waits until a store hears of changes: of one that means that anything may have changed.
    pub async fn hears(&self, database: &str, notes: &Notes) {
        let before = notes.missed();
        until("hearing of changes", async || {
            self.say(database, "NOTIFY palisade_keys, 'anything'").await;
            notes.missed() > before
        })
        .await;
    }
}

/// A store that waits for a machine that is busy with other things.
pub fn patient(url: &str) -> SqlStoreBuilder {
    SqlStore::builder(url).acquire_timeout(Duration::from_secs(2)).query_timeout(Duration::from_secs(2))
}
