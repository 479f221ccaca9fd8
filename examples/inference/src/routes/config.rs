//! `/config`: what may be changed while the service runs.

use super::describe;
use crate::{
    audit::Change,
    permissions::WRITE_CONFIG,
    service::Service,
    tuning::{Tuning, TuningChange},
};
use axum::{Json, extract::State};
use palisade::{
    Denial, DenialKind, Facts, Principal,
    routes::{Checked, Routes, get},
};
use std::sync::Arc;

pub(super) fn routes(service: &Arc<Service>) -> Routes {
    Routes::new()
        .route(
            "/config",
            get(show)
                .requires(WRITE_CONFIG)
                .describe(describe::config())
                .put(change)
                .requires(WRITE_CONFIG)
                .body_limit(4096)
                .describe(describe::change_config()),
        )
        .with_state(service.clone())
}

async fn show(State(service): State<Arc<Service>>) -> Json<Tuning> {
    Json(Tuning::clone(&service.tuner.now()))
}

/// It is recorded before it is made, holds for the next request, and is answered once that is recorded too.
async fn change(
    State(service): State<Arc<Service>>,
    facts: Facts,
    caller: Principal,
    Checked(wanted): Checked<TuningChange>,
) -> Result<Json<Tuning>, Denial> {
    let before = service.tuner.now();
    let after = before.with(&wanted);
    if *before == after {
        return Ok(Json(after));
    }
    let change = Change::declare(service.audit.recorder(), &facts, &caller, before.told(&after)).await?;
    match service.tuner.change(&before, after.clone()) {
        Ok(true) => {
            change.done().await?;
            Ok(Json(after))
        }
        Ok(false) => {
            change.abandon("conflict");
            Err(Denial::new(DenialKind::Conflict)
                .with_message("Somebody else has just changed it; read it again"))
        }
        Err(error) => {
            change.abandon("no_limit");
            Err(Denial::new(DenialKind::Internal).with_source(error))
        }
    }
}
