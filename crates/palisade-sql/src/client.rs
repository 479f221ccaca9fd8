//! What is asked of one connection, of either database.

use crate::{cells::Cells, failure::Failure, statement::Statement, step::Step};
use sqlx::{Connection, Database, PgConnection, SqliteConnection, Transaction};

/// A connection, and how it is spoken to.
pub(crate) trait Client: Connection<Database: Database<Connection = Self>> {
    /// Begins what is done as a whole.
    fn whole(&mut self) -> impl Future<Output = Result<Transaction<'_, Self::Database>, Failure>> + Send;

    /// The rows that a statement finds.
    fn rows(&mut self, statement: Statement) -> impl Future<Output = Result<Vec<Cells>, Failure>> + Send;

    /// On how many rows a statement worked.
    fn affected(&mut self, statement: Statement) -> impl Future<Output = Result<u64, Failure>> + Send;
}

impl Client for PgConnection {
    async fn whole(&mut self) -> Result<Transaction<'_, sqlx::Postgres>, Failure> {
        Ok(self.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        statement.query::<sqlx::Postgres>().fetch_all(self).await?.iter().map(Cells::of).collect()
    }

    async fn affected(&mut self, statement: Statement) -> Result<u64, Failure> {
        Ok(statement.query::<sqlx::Postgres>().execute(self).await?.rows_affected())
    }
}

impl Client for SqliteConnection {
    /// Nobody else writes until the end of the transaction, so nothing needs a lock of its own.
    async fn whole(&mut self) -> Result<Transaction<'_, sqlx::Sqlite>, Failure> {
        Ok(self.begin_with("BEGIN IMMEDIATE").await?)
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Cells>, Failure> {
        statement.query::<sqlx::Sqlite>().fetch_all(self).await?.iter().map(Cells::of).collect()
    }

    async fn affected(&mut self, statement: Statement) -> Result<u64, Failure> {
        Ok(statement.query::<sqlx::Sqlite>().execute(self).await?.rows_affected())
    }
}

/// Does one step after the other, up to the first that is a conflict.
pub(crate) async fn run<C: Client>(connection: &mut C, steps: Vec<Step>) -> Result<(), Failure> {
    for step in steps {
        let rows = if step.reads {
            connection.rows(step.statement.clone()).await?.len()
        } else {
            usize::try_from(connection.affected(step.statement.clone()).await?).unwrap_or(usize::MAX)
        };
        if !step.is_met_by(rows) {
            return Err(Failure::Conflict);
        }
    }
    Ok(())
}

/// Ends a transaction as its outcome wants it.
pub(crate) async fn end<DB: Database, T>(
    transaction: Transaction<'_, DB>,
    outcome: Result<T, Failure>,
) -> Result<T, Failure> {
    if outcome.is_ok() {
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    outcome
}

/// Does all steps or none.
#[cfg(feature = "jwt")]
pub(crate) async fn act<C: Client>(connection: &mut C, steps: Vec<Step>) -> Result<(), Failure> {
    if steps.len() == 1 {
        return run(connection, steps).await;
    }
    let mut transaction = connection.whole().await?;
    let outcome = run(&mut *transaction, steps).await;
    end(transaction, outcome).await
}

/// Reads, and does what follows from that: all of it or nothing.
#[cfg(feature = "audit")]
pub(crate) async fn turn<C: Client, T>(
    connection: &mut C,
    reads: Vec<Statement>,
    follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure>,
) -> Result<T, Failure> {
    let mut transaction = connection.whole().await?;
    let done = async {
        let mut found = Vec::new();
        for statement in reads {
            found.push(transaction.rows(statement).await?);
        }
        let (steps, value) = follow(found)?;
        run(&mut *transaction, steps).await?;
        Ok(value)
    };
    let outcome = done.await;
    end(transaction, outcome).await
}
