//! What is asked of one connection.

use crate::{cells::Cells, failure::Failure, plan::Plan, statement::Statement, step::Step};
use sqlx::{Connection as _, Row as _, SqliteConnection};

const COUNT_UP: &str = "UPDATE palisade_changes SET count = count + 1 WHERE only = 1 RETURNING count";
const COUNT: &str = "SELECT count FROM palisade_changes WHERE only = 1";

pub(crate) async fn rows(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<Cells>, Failure> {
    let rows = statement.query::<sqlx::Sqlite>().fetch_all(connection).await?;
    rows.iter().map(Cells::of).collect()
}

pub(crate) async fn affected(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<u64, Failure> {
    Ok(statement.query::<sqlx::Sqlite>().execute(connection).await?.rows_affected())
}

/// Makes all changes or none, and tells how often keys were changed.
pub(crate) async fn write(connection: &mut SqliteConnection, plan: &Plan) -> Result<i64, Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Nobody else writes until the end of the transaction, so nothing needs a lock of its own.
    match run(&mut transaction, plan.steps("")?).await {
        Ok(()) => {
            let row = sqlx::query(COUNT_UP).fetch_one(&mut *transaction).await?;
            let count = row.try_get(0)?;
            transaction.commit().await?;
            Ok(count)
        }
        Err(failure) => {
            transaction.rollback().await?;
            Err(failure)
        }
    }
}

async fn run(connection: &mut SqliteConnection, steps: Vec<Step>) -> Result<(), Failure> {
    for step in steps {
        let statement = step.statement.clone().query::<sqlx::Sqlite>();
        let rows = if step.reads {
            statement.fetch_all(&mut *connection).await?.len()
        } else {
            usize::try_from(statement.execute(&mut *connection).await?.rows_affected()).unwrap_or(usize::MAX)
        };
        if !step.is_met_by(rows) {
            return Err(Failure::Conflict);
        }
    }
    Ok(())
}

/// Does all steps or none.
#[cfg(feature = "jwt")]
pub(crate) async fn act(connection: &mut SqliteConnection, steps: Vec<Step>) -> Result<(), Failure> {
    if steps.len() == 1 {
        return run(connection, steps).await;
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    match run(&mut transaction, steps).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(failure) => {
            transaction.rollback().await?;
            Err(failure)
        }
    }
}

/// How often keys were changed.
pub(crate) async fn count(connection: &mut SqliteConnection) -> Result<i64, Failure> {
    Ok(sqlx::query(COUNT).fetch_one(connection).await?.try_get(0)?)
}

/// Reads, and does what follows from that: all of it or nothing.
#[cfg(feature = "audit")]
pub(crate) async fn turn<T>(
    connection: &mut SqliteConnection,
    reads: Vec<Statement>,
    follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure>,
) -> Result<T, Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let done = async {
        let mut found = Vec::new();
        for statement in reads {
            found.push(rows(&mut transaction, statement).await?);
        }
        let (steps, value) = follow(found)?;
        run(&mut transaction, steps).await?;
        Ok(value)
    };
    match done.await {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(failure) => {
            transaction.rollback().await?;
            Err(failure)
        }
    }
}
