//! What operations on a server and the keeper share.

use super::{migrate, statements, suspicion::Suspicion};
use crate::{
    budget::Budget, cells::Cells, client::Client as _, failure::Failure, lent::Lent, listeners::Listeners,
    plan::Plan, shared::Shared, statement::Statement,
};
use sqlx::PgPool;
use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};
use tokio::time::timeout;

/// How long it may take to tell which schema is there.
const LOOKING: Duration = Duration::from_secs(2);
/// How long it may take to bring it up to date, another node's turn included.
const MIGRATING: Duration = Duration::from_secs(75);

/// What operations and the keeper share.
pub(crate) struct Server {
    pub(crate) pool: PgPool,
    pub(crate) listeners: Listeners,
    /// Whether the schema was found as it must be.
    pub(crate) migrated: AtomicBool,
    suspicion: Suspicion,
    budget: Budget,
}

impl Server {
    pub(crate) fn new(pool: PgPool, suspicion: Suspicion) -> Self {
        Self {
            pool,
            listeners: Listeners::default(),
            migrated: AtomicBool::new(false),
            suspicion,
            budget: Budget::new(),
        }
    }

    async fn read_once(&self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        let mut lent = self.lend().await?;
        let outcome = lent.get()?.rows(statement).await;
        self.settle(lent, outcome)
    }

    /// Brings the schema up to date, where that was not done since the start; over a connection of `patient`, because no request waits
    /// for it.
    pub(crate) async fn migrate(&self, patient: &PgPool) -> Result<(), Failure> {
        if self.migrated.load(Relaxed) {
            return Ok(());
        }
        let mut lent = Lent::from(patient).await?;
        let connection = lent.get()?;
        let outcome = match timeout(LOOKING, migrate::is_current(connection)).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => {
                timeout(MIGRATING, migrate::migrate(connection)).await.unwrap_or(Err(Failure::TimedOut))
            }
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::TimedOut),
        };
        self.settle(lent, outcome)?;
        self.migrated.store(true, Relaxed);
        Ok(())
    }
}

impl Shared for Server {
    type Database = sqlx::Postgres;

    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    async fn lend(&self) -> Result<Lent<sqlx::Postgres>, Failure> {
        if !self.migrated.load(Relaxed) {
            return Err(Failure::NotReady);
        }
        Lent::from(&self.pool).await.inspect_err(|_| self.suspicion.broke())
    }

    fn settle<T>(&self, lent: Lent<sqlx::Postgres>, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match &outcome {
            Ok(_) => self.suspicion.went_well(),
            Err(Failure::Conflict | Failure::Corrupt(_) | Failure::Invalid) => {}
            Err(_) => self.suspicion.broke(),
        }
        lent.settle(outcome)
    }

    /// Asks a second time where the connection broke: reading twice is as good as once.
    async fn read(&self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        match self.read_once(statement.clone()).await {
            Err(failure) if failure.is_worth_asking_again() && self.budget.spend() => {
                self.read_once(statement).await
            }
            outcome => {
                if outcome.is_ok() {
                    self.budget.earn();
                }
                outcome
            }
        }
    }

    async fn write(&self, plan: &Plan) -> Result<(), Failure> {
        let mut lent = self.lend().await?;
        let outcome = statements::write(lent.get()?, plan).await;
        self.settle(lent, outcome)?;
        // Here before it is said that they were made; elsewhere by the server.
        self.listeners.changed(&plan.changed());
        Ok(())
    }
}
