//! What operations and the keeper share.

use super::{migrate, statements, suspicion::Suspicion};
use crate::{
    budget::Budget, cells::Cells, client::Client, failure::Failure, lent::Lent, listeners::Listeners,
    plan::Plan, row::Row, statement::Statement,
};
#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{client, step::Step};
use palisade_apikey::{KeyPage, KeyQuery, KeyRecord};
use sqlx::PgPool;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::timeout;

/// How long it may take to tell which schema is there.
const LOOKING: Duration = Duration::from_secs(2);
/// How long it may take to bring it up to date, another node's turn included.
const MIGRATING: Duration = Duration::from_secs(75);

/// What operations and the keeper share.
pub(crate) struct Shared {
    pub(crate) pool: PgPool,
    pub(crate) listeners: Listeners,
    /// Whether the schema was found as it must be.
    pub(crate) migrated: AtomicBool,
    suspicion: Suspicion,
    budget: Budget,
}

impl Shared {
    pub(crate) fn new(pool: PgPool, suspicion: Suspicion) -> Self {
        Self {
            pool,
            listeners: Listeners::default(),
            migrated: AtomicBool::new(false),
            suspicion,
            budget: Budget::new(),
        }
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

    async fn read_once(&self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        let mut lent = self.lend().await?;
        let outcome = lent.get()?.rows(statement).await;
        self.settle(lent, outcome)
    }

    /// Asks a second time where the connection broke: reading twice is as good as once.
    pub(crate) async fn read(&self, statement: Statement) -> Result<Vec<Cells>, Failure> {
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

    pub(crate) async fn get(&self, statement: Statement) -> Result<Option<Arc<KeyRecord>>, Failure> {
        let row = self.read(statement).await?.pop();
        row.map(|row| Row::of(row)?.into_record().map(Arc::new)).transpose()
    }

    pub(crate) async fn list(&self, query: &KeyQuery) -> Result<KeyPage, Failure> {
        crate::row::page(self.read(Statement::list(query)).await?, query)
    }

    pub(crate) async fn change(&self, statement: Statement) -> Result<(), Failure> {
        let mut lent = self.lend().await?;
        let outcome = lent.get()?.affected(statement).await;
        self.settle(lent, outcome).map(drop)
    }

    #[cfg(feature = "jwt")]
    pub(crate) async fn act(&self, steps: Vec<Step>) -> Result<(), Failure> {
        let mut lent = self.lend().await?;
        let outcome = client::act(lent.get()?, steps).await;
        self.settle(lent, outcome)
    }

    #[cfg(feature = "audit")]
    pub(crate) async fn turn<T>(
        &self,
        reads: Vec<Statement>,
        follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure>,
    ) -> Result<T, Failure> {
        let mut lent = self.lend().await?;
        let outcome = client::turn(lent.get()?, reads, follow).await;
        self.settle(lent, outcome)
    }

    pub(crate) async fn write(&self, plan: &Plan) -> Result<(), Failure> {
        let mut lent = self.lend().await?;
        let outcome = statements::write(lent.get()?, plan).await;
        self.settle(lent, outcome)?;
        // Here before it is said that they were made; elsewhere by the server.
        self.listeners.changed(&plan.changed());
        Ok(())
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
