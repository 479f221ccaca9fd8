//! `/queue`: jobs that nobody waits for on a connection.

use super::{describe, inference::job};
use crate::{permissions::MANAGE_QUEUE, queue::Ticket, request::InferenceRequest, service::Service};
use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse as _, Response},
};
use palisade::{
    Denial, DenialKind, Principal, StrictJson,
    routes::{Routes, get},
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes(service: &Arc<Service>, max_body: usize) -> Routes {
    let all = get(list)
        .requires(MANAGE_QUEUE)
        .describe(describe::jobs())
        .post(put)
        .requires(MANAGE_QUEUE)
        .body_limit(max_body)
        .describe(describe::put_job())
        .delete(clear)
        .requires(MANAGE_QUEUE)
        .describe(describe::clear_jobs());
    let one = get(show)
        .requires(MANAGE_QUEUE)
        .describe(describe::one_job())
        .delete(cancel)
        .requires(MANAGE_QUEUE)
        .describe(describe::cancel_job());
    Routes::new().route("/queue", all).route("/queue/{id}", one).with_state(service.clone())
}

async fn list(State(service): State<Arc<Service>>) -> Json<Value> {
    let (jobs, counts) = (service.queue.list(), service.queue.counts());
    Json(json!({
        "jobs": jobs,
        "waiting": counts.waiting,
        "running": counts.running,
        "finished": counts.finished,
        "max_waiting": service.tuner.now().max_queue,
    }))
}

async fn put(
    State(service): State<Arc<Service>>,
    caller: Principal,
    request: StrictJson<InferenceRequest>,
) -> Result<Response, Denial> {
    let job = job(&service, request)?;
    let by = format!("{}:{}", caller.kind(), caller.id()).into();
    let most = service.tuner.now().max_queue;
    let ticket = service.queue.put(job, by, most);
    let ticket = ticket.map_err(|error| Denial::new(DenialKind::Internal).with_source(error))?;
    let ticket = ticket.ok_or_else(|| {
        Denial::new(DenialKind::Unavailable)
            .because("queue_full")
            .with_message("The queue is full; try again later")
            .retry_after(5)
    })?;
    let place = format!("/api/v1/queue/{}", ticket.id);
    Ok((StatusCode::ACCEPTED, [(LOCATION, place)], Json(ticket)).into_response())
}

async fn show(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Json<Ticket>, Denial> {
    service.queue.find(&id).map(Json).ok_or_else(unknown)
}

async fn cancel(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<StatusCode, Denial> {
    if service.queue.cancel(&id) { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

async fn clear(State(service): State<Arc<Service>>) -> StatusCode {
    service.queue.clear();
    StatusCode::NO_CONTENT
}

fn unknown() -> Denial {
    Denial::new(DenialKind::NotFound).because("unknown_job").with_message("There is no such job")
}
