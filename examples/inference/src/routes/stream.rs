//! `POST /inference/stream`: an answer token by token, as server-sent events.

use super::{describe, inference::job};
use crate::{
    generator::Tokens,
    permissions::{RUN_INFERENCE, USE_STREAMING},
    queue::pause,
    request::{InferenceRequest, Job},
    service::Service,
};
use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::stream::{Stream, unfold};
use palisade::{
    Concurrency, Denial, StrictJson,
    routes::{Routes, post},
};
use serde_json::json;
use std::sync::Arc;
use tokio::time::sleep;

/// A stream counts among those of its caller until its last byte, which is when the guard lets go.
pub(super) fn routes(service: &Arc<Service>, streams: &Concurrency, max_body: usize) -> Routes {
    let endpoint = post(stream).requires(RUN_INFERENCE & USE_STREAMING);
    Routes::new()
        .route(
            "/inference/stream",
            endpoint.body_limit(max_body).guard(streams.clone()).describe(describe::stream()),
        )
        .with_state(service.clone())
}

async fn stream(
    State(service): State<Arc<Service>>,
    request: StrictJson<InferenceRequest>,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Denial> {
    let job = job(&service, request)?;
    let events = unfold(Writing::new(job, service), async |mut writing| {
        let event = writing.next().await?;
        Some((event, writing))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// An answer in the making. It is made as it is read: when the client is gone it is dropped, and no more is made.
struct Writing {
    job: Job,
    tokens: Tokens,
    written: usize,
    is_over: bool,
    service: Arc<Service>,
}

impl Writing {
    fn new(job: Job, service: Arc<Service>) -> Self {
        metrics::gauge!("inference.streams").increment(1.0);
        Self { tokens: job.tokens(), job, written: 0, is_over: false, service }
    }

    /// A token, and after the last one what the answer was.
    async fn next(&mut self) -> Option<Result<Event, axum::Error>> {
        if self.is_over {
            return None;
        }
        if self.written > 0 {
            sleep(pause(self.service.tuner.now().tokens_per_second)).await;
        }
        let event = if let Some(token) = self.tokens.next() {
            let index = self.written;
            self.written += 1;
            metrics::counter!("inference.tokens", "way" => "stream").increment(1);
            Event::default().json_data(json!({ "index": index, "token": token }))
        } else {
            self.is_over = true;
            Event::default().event("done").json_data(json!({
                "model": self.job.model.name(),
                "usage": self.job.usage(self.written),
                "finish_reason": self.tokens.finish_reason(),
            }))
        };
        Some(event)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        metrics::gauge!("inference.streams").decrement(1.0);
    }
}
