//! What is asked of one connection.

use super::listen::CHANNEL;
use crate::{cells::Cells, failure::Failure, plan::Plan, statement::Statement, step::Step};
use sqlx::{Connection as _, PgConnection};

const NOTIFY: &str = "SELECT pg_notify($1, $2)";

pub(crate) async fn rows(connection: &mut PgConnection, statement: Statement) -> Result<Vec<Cells>, Failure> {
    let rows = statement.query::<sqlx::Postgres>().fetch_all(connection).await?;
    rows.iter().map(Cells::of).collect()
}

pub(crate) async fn affected(connection: &mut PgConnection, statement: Statement) -> Result<u64, Failure> {
    Ok(statement.query::<sqlx::Postgres>().execute(connection).await?.rows_affected())
}

/// Makes all changes and tells the other nodes, or does neither.
pub(crate) async fn write(connection: &mut PgConnection, plan: &Plan) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    match apply(&mut transaction, plan).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(failure) => {
            transaction.rollback().await?;
            Err(failure)
        }
    }
}

async fn apply(connection: &mut PgConnection, plan: &Plan) -> Result<(), Failure> {
    run(connection, plan.steps(" FOR SHARE")?).await?;
    // At most 3.3 KB, of the 8 that fit.
    let ids: Vec<_> = plan.changed().iter().map(ToString::to_string).collect();
    sqlx::query(NOTIFY).bind(CHANNEL).bind(ids.join(",")).execute(connection).await?;
    Ok(())
}

async fn run(connection: &mut PgConnection, steps: Vec<Step>) -> Result<(), Failure> {
    for step in steps {
        let statement = step.statement.clone().query::<sqlx::Postgres>();
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
pub(crate) async fn act(connection: &mut PgConnection, steps: Vec<Step>) -> Result<(), Failure> {
    if steps.len() == 1 {
        return run(connection, steps).await;
    }
    let mut transaction = connection.begin().await?;
    match run(&mut transaction, steps).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(failure) => {
            transaction.rollback().await?;
            Err(failure)
        }
    }
}

/// Reads, and does what follows from that: all of it or nothing.
#[cfg(feature = "audit")]
pub(crate) async fn turn<T>(
    connection: &mut PgConnection,
    reads: Vec<Statement>,
    follow: impl FnOnce(Vec<Vec<Cells>>) -> Result<(Vec<Step>, T), Failure>,
) -> Result<T, Failure> {
    let mut transaction = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
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
