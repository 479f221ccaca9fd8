//! What is asked of one connection about keys.

use crate::{
    client::{Client, end, run},
    failure::Failure,
    plan::Plan,
};
use sqlx::{Row as _, SqliteConnection};

const COUNT_UP: &str = "UPDATE palisade_changes SET count = count + 1 WHERE only = 1 RETURNING count";
const COUNT: &str = "SELECT count FROM palisade_changes WHERE only = 1";

/// Makes all changes or none, and tells how often keys were changed.
pub(crate) async fn write(connection: &mut SqliteConnection, plan: &Plan) -> Result<i64, Failure> {
    let mut transaction = connection.whole().await?;
    let outcome = apply(&mut transaction, plan).await;
    end(transaction, outcome).await
}

async fn apply(connection: &mut SqliteConnection, plan: &Plan) -> Result<i64, Failure> {
    run(connection, plan.steps("")?).await?;
    Ok(sqlx::query(COUNT_UP).fetch_one(connection).await?.try_get(0)?)
}

/// How often keys were changed.
pub(crate) async fn count(connection: &mut SqliteConnection) -> Result<i64, Failure> {
    Ok(sqlx::query(COUNT).fetch_one(connection).await?.try_get(0)?)
}
