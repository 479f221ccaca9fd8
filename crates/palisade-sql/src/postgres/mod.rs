//! Keys on a server.

mod keeper;
mod listen;
mod migrate;
mod server;
mod statements;
mod suspicion;

use crate::{
    error::{OpenError, OpenErrorKind},
    failure::Failure,
    operations::Operations,
    settings::Settings,
    shared::Shared as _,
    statement::Statement,
    task::Task,
};
use palisade_apikey::StoreError;
use palisade_core::Reply;
use server::Server;
use sqlx::{
    Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{fmt, sync::Arc, time::Duration};
use suspicion::Suspicion;

/// A connection that was idle for longer is asked for a sign of life before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// Making the first connection, and the one that hears of changes, may take longer than a request may wait.
const HEARING: Duration = Duration::from_secs(2);

/// Keys on a server: a pool of connections, and one that hears of changes.
pub(crate) struct Postgres {
    operations: Operations<Server>,
    _keeper: Task<()>,
}

impl Postgres {
    pub(crate) async fn open(options: PgConnectOptions, settings: Settings) -> Result<Self, OpenError> {
        let options = bounded(options, settings);
        let hearing = PgPoolOptions::new().max_connections(1).acquire_timeout(HEARING).max_lifetime(None);
        let hearing = hearing.connect_lazy_with(options.clone());
        let suspicion = Suspicion::new(settings.connections);
        let pool = pool(settings, suspicion.clone()).connect_lazy_with(options);
        let shared = Arc::new(Server::new(pool, suspicion));
        // In a task of its own: a server whose answer makes the driver break is an error like others.
        let (first, patient) = (Arc::clone(&shared), hearing.clone());
        let first = Task::spawn(async move { first.migrate(&patient).await }).outcome().await;
        match first.unwrap_or(Err(Failure::Driver("it broke while opening"))) {
            Ok(()) => {}
            Err(failure) if settings.absent && failure.is_unreachable() => {}
            Err(Failure::Newer) => return Err(OpenErrorKind::Newer.into()),
            Err(failure) => return Err(OpenError::database(failure.into())),
        }
        let deadline = settings.acquire + settings.query;
        Ok(Self {
            _keeper: Task::spawn(keeper::keep(Arc::clone(&shared), hearing)),
            operations: Operations::new(shared, deadline, deadline),
        })
    }

    pub(crate) fn operations(&self) -> &Operations<Server> {
        &self.operations
    }

    pub(crate) fn ready(&self) -> Reply<Result<(), StoreError>> {
        let statement = Statement::nothing();
        self.operations.look(async move |server| server.read(statement).await.map(drop))
    }

    pub(crate) fn connections(&self) -> u32 {
        self.operations.shared().pool.size()
    }

    pub(crate) async fn close(&self) {
        self.operations.shared().pool.close().await;
    }
}

/// The server gives up by itself what nobody waits for any more.
fn bounded(options: PgConnectOptions, settings: Settings) -> PgConnectOptions {
    let query = settings.query.as_millis().to_string();
    options.options([
        ("statement_timeout", query.as_str()),
        ("lock_timeout", query.as_str()),
        ("idle_in_transaction_session_timeout", "5000"),
    ])
}

fn pool(settings: Settings, suspicion: Suspicion) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.acquire)
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let ask = meta.idle_for > IDLE || suspicion.is_there();
            Box::pin(async move {
                if ask {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("connections", &self.connections()).finish_non_exhaustive()
    }
}
