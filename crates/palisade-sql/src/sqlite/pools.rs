//! What operations on a file and the watch share.

use crate::{
    cells::Cells, client::Client as _, failure::Failure, lent::Lent, listeners::Listeners, plan::Plan,
    shared::Shared, statement::Statement,
};
use sqlx::SqlitePool;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use super::statements;

/// What operations and the watch share.
pub(crate) struct Pools {
    pub(crate) readers: SqlitePool,
    pub(crate) writer: SqlitePool,
    pub(crate) listeners: Listeners,
    /// How often keys were changed, as far as listeners know.
    seen: AtomicI64,
}

impl Pools {
    pub(crate) fn new(readers: SqlitePool, writer: SqlitePool, seen: i64) -> Self {
        Self { readers, writer, listeners: Listeners::default(), seen: AtomicI64::new(seen) }
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

impl Shared for Pools {
    type Database = sqlx::Sqlite;

    fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    async fn lend(&self) -> Result<Lent<sqlx::Sqlite>, Failure> {
        Lent::from(&self.writer).await
    }

    fn settle<T>(&self, lent: Lent<sqlx::Sqlite>, outcome: Result<T, Failure>) -> Result<T, Failure> {
        lent.settle(outcome)
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        let mut lent = Lent::from(&self.readers).await?;
        let outcome = lent.get()?.rows(statement).await;
        lent.settle(outcome)
    }

    async fn write(&self, plan: &Plan) -> Result<(), Failure> {
        let mut lent = self.lend().await?;
        let outcome = statements::write(lent.get()?, plan).await;
        // Noted before the next writer may write.
        if let Ok(count) = &outcome {
            self.wrote(*count);
            self.listeners.changed(&plan.changed());
        }
        lent.settle(outcome).map(drop)
    }
}
