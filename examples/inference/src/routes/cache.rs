//! `/cache`: answers that were given before.

use super::describe;
use crate::{answers::Statistics, audit::Change, permissions::MANAGE_CACHE, service::Service};
use axum::{Json, extract::State, http::StatusCode};
use palisade::{
    Denial, Facts, Principal,
    observe::audit::Entry,
    routes::{Routes, get},
};
use std::sync::Arc;

pub(super) fn routes(service: &Arc<Service>) -> Routes {
    Routes::new()
        .route(
            "/cache",
            get(show)
                .requires(MANAGE_CACHE)
                .describe(describe::cache())
                .delete(clear)
                .requires(MANAGE_CACHE)
                .describe(describe::clear_cache()),
        )
        .with_state(service.clone())
}

async fn show(State(service): State<Arc<Service>>) -> Json<Statistics> {
    Json(service.answers.statistics())
}

async fn clear(
    State(service): State<Arc<Service>>,
    facts: Facts,
    caller: Principal,
) -> Result<StatusCode, Denial> {
    let entries = service.answers.statistics().entries as u64;
    let entry = Entry::new("cache.cleared").change("entries", entries, 0_u64);
    let change = Change::declare(service.audit.recorder(), &facts, &caller, entry).await?;
    service.answers.clear();
    change.done().await?;
    Ok(StatusCode::NO_CONTENT)
}
