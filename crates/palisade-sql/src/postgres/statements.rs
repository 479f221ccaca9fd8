//! What is asked of one connection about keys.

use super::listen::CHANNEL;
use crate::{
    client::{Client, end, run},
    failure::Failure,
    plan::Plan,
};
use sqlx::PgConnection;

const NOTIFY: &str = "SELECT pg_notify($1, $2)";

/// Makes all changes and tells the other nodes, or does neither.
pub(crate) async fn write(connection: &mut PgConnection, plan: &Plan) -> Result<(), Failure> {
    let mut transaction = connection.whole().await?;
    let outcome = apply(&mut transaction, plan).await;
    end(transaction, outcome).await
}

async fn apply(connection: &mut PgConnection, plan: &Plan) -> Result<(), Failure> {
    run(connection, plan.steps(" FOR SHARE")?).await?;
    // At most 3.3 KB, of the 8 that fit.
    let ids: Vec<_> = plan.changed().iter().map(ToString::to_string).collect();
    sqlx::query(NOTIFY).bind(CHANNEL).bind(ids.join(",")).execute(connection).await?;
    Ok(())
}
