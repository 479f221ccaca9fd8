//! What is asked of one connection.

use super::listen::CHANNEL;
use crate::{failure::Failure, plan::Plan, row::Row, statement::Statement};
use palisade_apikey::Change;
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgRow};

const NOTIFY: &str = "SELECT pg_notify($1, $2)";

fn row(row: &PgRow) -> Result<Row, Failure> {
    Ok(Row {
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        revoked: row.try_get(2)?,
        last_used: row.try_get(3)?,
        document: row.try_get(4)?,
    })
}

pub(crate) async fn rows(connection: &mut PgConnection, statement: Statement) -> Result<Vec<Row>, Failure> {
    let rows = statement.query::<sqlx::Postgres>().fetch_all(connection).await?;
    rows.iter().map(row).collect()
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
    if !plan.inserts.is_empty() {
        let made = affected(connection, Statement::insert(&plan.inserts)).await?;
        if usize::try_from(made) != Ok(plan.inserts.len()) {
            return Err(Failure::Conflict);
        }
    }
    for change in &plan.others {
        let found = match change {
            Change::Update(record) => affected(connection, Statement::update(record)).await?,
            Change::Unchanged { id, version } => {
                let statement = Statement::has_version(id, *version, " FOR SHARE");
                statement.query::<sqlx::Postgres>().fetch_all(&mut *connection).await?.len() as u64
            }
            _ => return Err(Failure::Invalid),
        };
        if found != 1 {
            return Err(Failure::Conflict);
        }
    }
    // At most 3.3 KB, of the 8 that fit.
    let ids: Vec<_> = plan.changed().iter().map(ToString::to_string).collect();
    sqlx::query(NOTIFY).bind(CHANNEL).bind(ids.join(",")).execute(connection).await?;
    Ok(())
}
