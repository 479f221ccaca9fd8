//! What operations and the watch share.

use crate::{
    cells::Cells, client::Client, failure::Failure, lent::Lent, listeners::Listeners, plan::Plan, row::Row,
    statement::Statement,
};
#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{client, step::Step};
use palisade_apikey::{KeyPage, KeyQuery, KeyRecord};
use sqlx::SqlitePool;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::SeqCst},
};

use super::statements;

/// What operations and the watch share.
pub(crate) struct Shared {
    pub(crate) readers: SqlitePool,
    pub(crate) writer: SqlitePool,
    pub(crate) listeners: Listeners,
    /// How often keys were changed, as far as listeners know.
    seen: AtomicI64,
}

impl Shared {
    pub(crate) fn new(readers: SqlitePool, writer: SqlitePool, seen: i64) -> Self {
        Self { readers, writer, listeners: Listeners::default(), seen: AtomicI64::new(seen) }
    }

    pub(crate) async fn read(&self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        let mut lent = Lent::from(&self.readers).await?;
        let outcome = lent.get()?.rows(statement).await;
        lent.settle(outcome)
    }

    pub(crate) async fn get(&self, statement: Statement) -> Result<Option<Arc<KeyRecord>>, Failure> {
        let row = self.read(statement).await?.pop();
        row.map(|row| Row::of(row)?.into_record().map(Arc::new)).transpose()
    }

    pub(crate) async fn list(&self, query: &KeyQuery) -> Result<KeyPage, Failure> {
        crate::row::page(self.read(Statement::list(query)).await?, query)
    }

    pub(crate) async fn change(&self, statement: Statement) -> Result<(), Failure> {
        let mut lent = Lent::from(&self.writer).await?;
        let outcome = lent.get()?.affected(statement).await;
        lent.settle(outcome).map(drop)
    }

    #[cfg(feature = "jwt")]
    pub(crate) async fn act(&self, steps: Vec<Step>) -> Result<(), Failure> {
        let mut lent = Lent::from(&self.writer).await?;
        let outcome = client::act(lent.get()?, steps).await;
        lent.settle(outcome)
    }

    #[cfg(feature = "audit")]
    pub(crate) async fn turn<T>(
        &self,
        reads: Vec<Statement>,
        follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure>,
    ) -> Result<T, Failure> {
        let mut lent = Lent::from(&self.writer).await?;
        let outcome = client::turn(lent.get()?, reads, follow).await;
        lent.settle(outcome)
    }

    pub(crate) async fn write(&self, plan: &Plan) -> Result<(), Failure> {
        let mut lent = Lent::from(&self.writer).await?;
        let outcome = statements::write(lent.get()?, plan).await;
        // Noted before the next writer may write.
        if let Ok(count) = &outcome {
            self.wrote(*count);
            self.listeners.changed(&plan.changed());
        }
        lent.settle(outcome).map(drop)
    }

    /// A change of this process was the `count`th.
    fn wrote(&self, count: i64) {
        let before = self.seen.fetch_max(count, SeqCst);
        if before < count.saturating_sub(1) {
            self.listeners.missed();
        }
    }

    /// Looks whether somebody else changed a key.
    pub(crate) async fn look(&self) -> Result<(), Failure> {
        let mut lent = Lent::from(&self.readers).await?;
        let outcome = statements::count(lent.get()?).await;
        let count = lent.settle(outcome)?;
        // Smaller where an older file was put in place.
        if self.seen.swap(count, SeqCst) != count {
            self.listeners.missed();
        }
        Ok(())
    }
}
