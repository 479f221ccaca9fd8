//! `/health` and `/ready`: whether it is alive, and whether it can do its work.

use super::describe;
use crate::{permissions::READ_METRICS, service::Service};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use palisade::{
    Denial, DenialKind, Principal,
    routes::{Routes, get},
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes(service: &Arc<Service>) -> Routes {
    Routes::new()
        .route("/health", get(health).public().critical().describe(describe::health()))
        .route("/ready", get(ready).optional().critical().describe(describe::ready()))
        .with_state(service.clone())
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Everybody is told whether, and those who may read metrics also why.
async fn ready(State(service): State<Arc<Service>>, caller: Option<Principal>) -> Result<Response, Denial> {
    let database = service.database.store().ready().await.is_ok();
    if !caller.is_some_and(|caller| caller.scopes().contains(&READ_METRICS)) {
        let down = || Denial::new(DenialKind::Unavailable).because("not_ready").retry_after(1);
        return database.then(|| Json(json!({ "status": "ready" })).into_response()).ok_or_else(down);
    }
    let jobs = service.queue.counts();
    let detail = json!({
        "status": if database { "ready" } else { "not_ready" },
        "database": if database { "ready" } else { "unreachable" },
        "audit": { "waiting_bytes": service.audit.recorder().waiting() },
        "models": service.models.list().len(),
        "queue": { "waiting": jobs.waiting, "running": jobs.running, "finished": jobs.finished },
        "cache": service.answers.statistics(),
    });
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, Json(detail)).into_response())
}
