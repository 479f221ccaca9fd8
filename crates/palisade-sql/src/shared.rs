//! What either database is asked, over connections that are lent for it.

use crate::{
    cells::Cells, client::Client, failure::Failure, lent::Lent, listeners::Listeners, plan::Plan, row::Row,
    statement::Statement,
};
#[cfg(any(feature = "jwt", feature = "audit"))]
use crate::{client, step::Step};
use palisade_apikey::{KeyPage, KeyQuery, KeyRecord};
use std::sync::Arc;

/// What the operations on a database share.
pub(crate) trait Shared: Send + Sync + 'static {
    type Database: sqlx::Database<Connection: Client>;

    fn listeners(&self) -> &Listeners;

    /// A connection that may write.
    fn lend(&self) -> impl Future<Output = Result<Lent<Self::Database>, Failure>> + Send;

    /// Gives it back, and takes note of what its use says of the database.
    fn settle<T>(&self, lent: Lent<Self::Database>, outcome: Result<T, Failure>) -> Result<T, Failure>;

    fn read(&self, statement: Statement) -> impl Future<Output = Result<Vec<Cells>, Failure>> + Send;

    /// Makes all changes of keys or none, and tells those who listen.
    fn write(&self, plan: &Plan) -> impl Future<Output = Result<(), Failure>> + Send;

    fn get(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<Arc<KeyRecord>>, Failure>> + Send {
        async {
            let row = self.read(statement).await?.pop();
            row.map(|row| Row::of(row)?.into_record().map(Arc::new)).transpose()
        }
    }

    fn list(&self, query: &KeyQuery) -> impl Future<Output = Result<KeyPage, Failure>> + Send {
        async { crate::row::page(self.read(Statement::list(query)).await?, query) }
    }

    fn change(&self, statement: Statement) -> impl Future<Output = Result<(), Failure>> + Send {
        async {
            let mut lent = self.lend().await?;
            let outcome = lent.get()?.affected(statement).await;
            self.settle(lent, outcome).map(drop)
        }
    }

    #[cfg(feature = "jwt")]
    fn act(&self, steps: Vec<Step>) -> impl Future<Output = Result<(), Failure>> + Send {
        async {
            let mut lent = self.lend().await?;
            let outcome = client::act(lent.get()?, steps).await;
            self.settle(lent, outcome)
        }
    }

    #[cfg(feature = "audit")]
    fn turn<T: Send>(
        &self,
        reads: Vec<Statement>,
        follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure> + Send,
    ) -> impl Future<Output = Result<T, Failure>> + Send {
        async {
            let mut lent = self.lend().await?;
            let outcome = client::turn(lent.get()?, reads, follow).await;
            self.settle(lent, outcome)
        }
    }
}
