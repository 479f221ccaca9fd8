//! The task that brings the schema up to date when a server comes, and hears of changes.

use super::{listen, server::Server};
use crate::{backoff, failure::Failure, task::Task};
use sqlx::PgPool;
use std::sync::Arc;

/// Goes on until it is aborted with the store. `hearing` has the one connection that hears.
pub(crate) async fn keep(shared: Arc<Server>, hearing: PgPool) {
    let mut failures = 0_u32;
    loop {
        // In a task of its own, so that not even a server whose answer makes the driver break can end this one.
        let attempt = Task::spawn(attempt(Arc::clone(&shared), hearing.clone()));
        let (connected, failure) =
            attempt.outcome().await.unwrap_or((true, Failure::Driver("hearing of changes was broken off")));
        failures = if connected { 1 } else { failures.saturating_add(1) };
        if failures == 1 {
            tracing::warn!(reason = %failure, "changes of keys by other nodes are not heard of until PostgreSQL answers again");
        }
        tokio::time::sleep(backoff::after(failures)).await;
    }
}

/// Whether it came as far as hearing, and why it ended.
async fn attempt(shared: Arc<Server>, hearing: PgPool) -> (bool, Failure) {
    if let Err(failure) = shared.migrate(&hearing).await {
        return (false, failure);
    }
    match listen::connect(&hearing).await {
        Ok(listener) => {
            // Only now, so that nothing falls in between.
            shared.listeners.missed();
            (true, listen::listen(listener, &shared.listeners).await)
        }
        Err(failure) => (false, failure),
    }
}
