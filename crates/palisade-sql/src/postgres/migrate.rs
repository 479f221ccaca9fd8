//! Bringing the schema of a server up to date.

use crate::{
    failure::Failure,
    schema::{self, Migrations},
};
use sqlx::{Connection as _, PgConnection, Row as _};

const MIGRATIONS: Migrations = &[
    include_str!("../migrations/postgres/0001_keys.sql"),
    include_str!("../migrations/postgres/0002_logins.sql"),
    include_str!("../migrations/postgres/0003_audit.sql"),
];

const THERE: &str = "SELECT COUNT(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('palisade_schema')";
/// Waiting for another node is bounded; ends with the transaction.
const PATIENCE: &str = "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '60s'";
/// A number that nobody else uses: the letters of `palisade`.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8097870381474145381)";

/// Whether nothing is to be done; then a role that may not make tables is enough.
pub(crate) async fn is_current(connection: &mut PgConnection) -> Result<bool, Failure> {
    if number(connection, THERE).await? == 0 {
        return Ok(false);
    }
    let found = number(connection, schema::VERSION).await?;
    Ok(schema::missing(MIGRATIONS, found)?.next().is_none())
}

/// Brings the schema up to date; of several nodes one does, and the others wait for it.
pub(crate) async fn migrate(connection: &mut PgConnection) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(PATIENCE).execute(&mut *transaction).await?;
    sqlx::query(LOCK).persistent(false).execute(&mut *transaction).await?;
    sqlx::raw_sql(schema::TABLE).execute(&mut *transaction).await?;
    let found = number(&mut transaction, schema::VERSION).await?;
    for (version, statements) in schema::missing(MIGRATIONS, found)? {
        sqlx::raw_sql(statements).execute(&mut *transaction).await?;
        sqlx::query(schema::REACHED).bind(version).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn number(connection: &mut PgConnection, query: &'static str) -> Result<i64, Failure> {
    let row = sqlx::query(query).persistent(false).fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}
