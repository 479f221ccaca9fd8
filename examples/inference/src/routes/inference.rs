//! `POST /inference`: an answer at once.

use super::describe;
use crate::{
    permissions::RUN_INFERENCE,
    request::{InferenceRequest, Job},
    service::Service,
};
use axum::{
    Json,
    extract::State,
    http::HeaderName,
    response::{IntoResponse as _, Response},
};
use palisade::{
    Denial, StrictJson,
    routes::{Routes, post},
};
use std::sync::Arc;

/// Whether the answer was given before: `hit`, `miss`, or `off`.
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

pub(super) fn routes(service: &Arc<Service>, max_body: usize) -> Routes {
    Routes::new()
        .route(
            "/inference",
            post(infer).requires(RUN_INFERENCE).body_limit(max_body).describe(describe::infer()),
        )
        .with_state(service.clone())
}

async fn infer(
    State(service): State<Arc<Service>>,
    request: StrictJson<InferenceRequest>,
) -> Result<Response, Denial> {
    let job = job(&service, request)?;
    // Well under a millisecond, so it may be made where requests are answered.
    let (answer, cache) = if service.tuner.now().cache {
        let (answer, was_there) = service.answers.answer(&job);
        (answer, if was_there { "hit" } else { "miss" })
    } else {
        (Arc::new(job.run()), "off")
    };
    metrics::counter!("inference.answers", "cache" => cache).increment(1);
    if cache != "hit" {
        metrics::counter!("inference.tokens", "way" => "answer")
            .increment(answer.usage.completion_tokens as u64);
    }
    Ok(([(X_CACHE, cache)], Json(&*answer)).into_response())
}

/// What a request asks for, where it keeps the rules and there is such a model.
pub(super) fn job(service: &Service, request: StrictJson<InferenceRequest>) -> Result<Job, Denial> {
    let tuning = service.tuner.now();
    let request = request.checked_with(&tuning.prompt_rules())?;
    let model = service.models.find(&request.model);
    Job::new(request, model, tuning.max_tokens)
}
