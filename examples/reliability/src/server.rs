//! The HTTP side: routes, each with its own limit.

use crate::{
    exchange::{Exchange, Health, Quote, Source},
    money::Amount,
    settings::Shared,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use palisade::{
    Auth, By, Clock, Denial, DenialKind, Envelope, Format, Protected, RateLimit, Stack,
    limit::LimitError,
    routes::{Routes, get},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{error::Error, sync::Arc};

/// What every client address may ask of `/health`: the window begins with its first request, and is its own.
pub const HEALTH_LIMIT: &str = "5/minute fixed first-hit";
/// What every client address may ask of `/convert`.
pub const CONVERT_LIMIT: &str = "20/second burst 40";

/// The limits of the routes.
#[derive(Debug, Clone)]
pub struct Limits {
    health: RateLimit,
    convert: RateLimit,
}

impl Limits {
    /// Limits that count in this process, or where others count too.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no randomness.
    pub fn new(shared: Option<&Shared>) -> Result<Self, LimitError> {
        let limit = |name: &str, quota: &str| {
            let limit = RateLimit::new(name, quota, By::client())?;
            Ok::<_, LimitError>(match shared {
                Some(shared) => limit.store(shared.store()).keyed_by(shared.hasher(name)),
                None => limit,
            })
        };
        Ok(Self { health: limit("health", HEALTH_LIMIT)?, convert: limit("convert", CONVERT_LIMIT)? })
    }
}

/// The routes and who may call them.
pub fn routes(exchange: &Arc<Exchange>, limits: &Limits) -> Routes {
    Routes::new()
        .route("/health", get(health).public().guard(limits.health.clone()))
        .route("/convert", get(convert).public().guard(limits.convert.clone()))
        .route("/dependency", get(dependency).public())
        .with_state(exchange.clone())
}

/// The service behind its fence.
///
/// # Errors
///
/// Where routes or limits cannot be used.
pub fn app(exchange: &Arc<Exchange>, limits: &Limits, clock: Clock) -> Result<Protected, Box<dyn Error>> {
    Ok(Stack::new(Auth::disabled())
        .clock(clock)
        .envelope(Envelope::new(Format::Negotiated).dress_rejections())
        .protect(routes(exchange, limits))?)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn dependency(State(exchange): State<Arc<Exchange>>) -> Json<Health> {
    Json(exchange.health())
}

/// What is asked of `/convert`; nothing is taken for something else, and nothing is ignored.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    from: String,
    to: String,
    amount: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    amount: Amount,
    currency: String,
    serial: u64,
    source: Source,
    age_seconds: u64,
}

async fn convert(
    State(exchange): State<Arc<Exchange>>,
    question: Result<Query<Question>, QueryRejection>,
) -> Result<Json<Answer>, Denial> {
    let Query(Question { from, to, amount }) = question.map_err(|_| {
        invalid([("", "The parameters from, to and amount are needed, once each, and no others")])
    })?;
    let amount: Amount = amount.parse().map_err(|_| {
        invalid([("amount", "A decimal number from 0 to a billion, with up to six digits after the point")])
    })?;
    let Quote { rates, source, age_seconds } = exchange.quote().await?;
    let unknown: Vec<_> = [("from", &from), ("to", &to)]
        .into_iter()
        .filter(|(_, code)| rates.of(code).is_none())
        .map(|(field, _)| (field, "Not a currency that is known here"))
        .collect();
    if !unknown.is_empty() {
        return Err(invalid(unknown));
    }
    let amount = rates.convert(amount, &from, &to);
    let amount = amount.ok_or_else(|| invalid([("amount", "More than a billion in that currency")]))?;
    Ok(Json(Answer { amount, currency: to, serial: rates.serial, source, age_seconds }))
}

fn invalid<'a>(problems: impl IntoIterator<Item = (&'a str, &'a str)>) -> Denial {
    let details = problems
        .into_iter()
        .map(|(field, detail)| json!({ "pointer": format!("#/{field}"), "detail": detail }));
    Denial::new(DenialKind::Invalid).with_details(details.collect())
}
