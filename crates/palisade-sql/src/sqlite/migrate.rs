//! Bringing the schema of a file up to date.

use crate::{
    failure::Failure,
    schema::{self, Migrations},
};
use sqlx::{Connection as _, Row as _, SqliteConnection};

const MIGRATIONS: Migrations = &[
    include_str!("../migrations/sqlite/0001_keys.sql"),
    include_str!("../migrations/sqlite/0002_logins.sql"),
    include_str!("../migrations/sqlite/0003_audit.sql"),
];

const THERE: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'palisade_schema'";

/// Brings the schema up to date; of several processes one does, and the others wait for it.
pub(crate) async fn migrate(connection: &mut SqliteConnection) -> Result<(), Failure> {
    // Also where nothing may be written.
    if number(connection, THERE).await? > 0 {
        let found = number(connection, schema::VERSION).await?;
        if schema::missing(MIGRATIONS, found)?.next().is_none() {
            return Ok(());
        }
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(schema::TABLE).execute(&mut *transaction).await?;
    let found = number(&mut transaction, schema::VERSION).await?;
    for (version, statements) in schema::missing(MIGRATIONS, found)? {
        sqlx::raw_sql(statements).execute(&mut *transaction).await?;
        sqlx::query(schema::REACHED).bind(version).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn number(connection: &mut SqliteConnection, query: &'static str) -> Result<i64, Failure> {
    let row = sqlx::query(query).persistent(false).fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}
