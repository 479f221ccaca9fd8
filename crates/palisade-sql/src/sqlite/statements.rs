//! What is asked of one connection.

use crate::{failure::Failure, plan::Plan, row::Row, statement::Statement};
use palisade_apikey::Change;
use sqlx::{Connection as _, Row as _, SqliteConnection, sqlite::SqliteRow};

const COUNT_UP: &str = "UPDATE palisade_changes SET count = count + 1 WHERE only = 1 RETURNING count";
const COUNT: &str = "SELECT count FROM palisade_changes WHERE only = 1";

fn row(row: &SqliteRow) -> Result<Row, Failure> {
    Ok(Row {
        id: row.try_get(0)?,
        version: row.try_get(1)?,
        revoked: row.try_get(2)?,
        last_used: row.try_get(3)?,
        document: row.try_get(4)?,
    })
}

pub(crate) async fn rows(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<Row>, Failure> {
    let rows = statement.query::<sqlx::Sqlite>().fetch_all(connection).await?;
    rows.iter().map(row).collect()
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
    let outcome = apply(&mut transaction, plan).await;
    match outcome {
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

async fn apply(connection: &mut SqliteConnection, plan: &Plan) -> Result<(), Failure> {
    if !plan.inserts.is_empty() {
        let made = affected(connection, Statement::insert(&plan.inserts)).await?;
        if usize::try_from(made) != Ok(plan.inserts.len()) {
            return Err(Failure::Conflict);
        }
    }
    for change in &plan.others {
        let found = match change {
            Change::Update(record) => affected(connection, Statement::update(record)).await?,
            // Nobody else writes until the end of the transaction.
            Change::Unchanged { id, version } => {
                let statement = Statement::has_version(id, *version, "");
                statement.query::<sqlx::Sqlite>().fetch_all(&mut *connection).await?.len() as u64
            }
            _ => return Err(Failure::Invalid),
        };
        if found != 1 {
            return Err(Failure::Conflict);
        }
    }
    Ok(())
}

/// How often keys were changed.
pub(crate) async fn count(connection: &mut SqliteConnection) -> Result<i64, Failure> {
    Ok(sqlx::query(COUNT).fetch_one(connection).await?.try_get(0)?)
}
