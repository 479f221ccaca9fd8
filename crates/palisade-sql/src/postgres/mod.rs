//! Keys on a server.

mod keeper;
mod listen;
mod migrate;
mod shared;
mod statements;
mod suspicion;

#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{cells::Cells, step::Step};
use crate::{
    error::{OpenError, OpenErrorKind},
    failure::Failure,
    lane::Lane,
    plan::Plan,
    settings::Settings,
    statement::Statement,
    task::Task,
};
use palisade_apikey::{Change, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore, StoreError};
use palisade_core::{Reply, UnixTime};
use shared::Shared;
use sqlx::{
    Connection as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};
use suspicion::Suspicion;

/// A connection that was idle for longer is asked for a sign of life before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// Making the first connection, and the one that hears of changes, may take longer than a request may wait.
const HEARING: Duration = Duration::from_secs(2);

/// Keys on a server: a pool of connections, and one that hears of changes.
pub(crate) struct Postgres {
    shared: Arc<Shared>,
    lane: Lane,
    deadline: Duration,
    _keeper: Task<()>,
}

impl Postgres {
    pub(crate) async fn open(options: PgConnectOptions, settings: Settings) -> Result<Self, OpenError> {
        let options = bounded(options, settings);
        let hearing = PgPoolOptions::new().max_connections(1).acquire_timeout(HEARING).max_lifetime(None);
        let hearing = hearing.connect_lazy_with(options.clone());
        let suspicion = Suspicion::new(settings.connections);
        let pool = pool(settings, suspicion.clone()).connect_lazy_with(options);
        let shared = Arc::new(Shared::new(pool, suspicion));
        // In a task of its own: a server whose answer makes the driver break is an error like others.
        let (first, patient) = (Arc::clone(&shared), hearing.clone());
        let first = Task::spawn(async move { first.migrate(&patient).await }).outcome().await;
        match first.unwrap_or(Err(Failure::Driver("it broke while opening"))) {
            Ok(()) => {}
            Err(failure) if settings.absent && failure.is_unreachable() => {}
            Err(Failure::Newer) => return Err(OpenErrorKind::Newer.into()),
            Err(failure) => return Err(OpenError::database(failure.into())),
        }
        Ok(Self {
            lane: Lane::new(),
            deadline: settings.acquire + settings.query,
            _keeper: Task::spawn(keeper::keep(Arc::clone(&shared), hearing)),
            shared,
        })
    }

    pub(crate) fn ready(&self) -> Reply<Result<(), StoreError>> {
        let shared = Arc::clone(&self.shared);
        let statement = Statement::nothing();
        self.lane.run(self.deadline, async move { shared.read(statement).await.map(drop) })
    }

    /// Reads rows, and makes of them what is asked for.
    #[cfg(any(feature = "jwt", feature = "audit"))]
    pub(crate) fn ask<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        statement: Statement,
        read: impl FnOnce(Vec<Cells>) -> Result<T, Failure> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.deadline, async move { read(shared.read(statement).await?) })
    }

    /// Does all steps or none.
    #[cfg(feature = "jwt")]
    pub(crate) fn act<E: From<Failure> + Send + 'static>(&self, steps: Vec<Step>) -> Reply<Result<(), E>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.deadline, async move { shared.act(steps).await })
    }

    /// Reads, and does what follows from that: all of it or nothing.
    #[cfg(feature = "audit")]
    pub(crate) fn turn<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        reads: Vec<Statement>,
        follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.deadline, async move { shared.turn(reads, follow).await })
    }

    pub(crate) fn connections(&self) -> u32 {
        self.shared.pool.size()
    }

    pub(crate) async fn close(&self) {
        self.shared.pool.close().await;
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

impl KeyStore for Postgres {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        let (shared, statement) = (Arc::clone(&self.shared), Statement::get(id));
        self.lane.run(self.deadline, async move { shared.get(statement).await })
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        let plan = match Plan::of(changes) {
            Ok(plan) if plan.is_empty() => return Reply::now(Ok(())),
            Ok(plan) => plan,
            Err(failure) => return Reply::now(Err(failure.into())),
        };
        let shared = Arc::clone(&self.shared);
        self.lane.run(self.deadline, async move { shared.write(&plan).await })
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        let (shared, query) = (Arc::clone(&self.shared), query.clone());
        self.lane.run(self.deadline, async move { shared.list(&query).await })
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        let (shared, statement) = (Arc::clone(&self.shared), Statement::touch(id, at));
        self.lane.run(self.deadline, async move { shared.change(statement).await })
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.shared.listeners.add(listener)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("connections", &self.connections()).finish_non_exhaustive()
    }
}
