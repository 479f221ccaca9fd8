//! The HTTP side: routes, each with its own limit.

use crate::{
    accounts::Accounts,
    describe,
    exchange::{Exchange, Health, Quote, Source},
    money::Amount,
    settings::Shared,
    strict::Problem,
    summary::{Summary, SummaryRequest, summarise},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
};
use http::{HeaderMap, header::CONTENT_TYPE};
use palisade::{
    ApiDocument, Auth, By, Clock, Denial, DenialKind, Envelope, Format, Protected, RateLimit, Stack,
    jwt::{JwtClaims, login::UserStore as _},
    limit::LimitError,
    routes::{Routes, get, post, public},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{error::Error, sync::Arc};

/// What every client address may ask of `/health`: the window begins with its first request, and is its own.
pub const HEALTH_LIMIT: &str = "5/minute fixed first-hit";
/// What every client address may ask of `/convert`.
pub const CONVERT_LIMIT: &str = "20/second burst 40";

/// The largest body of lines to be summarised, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

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
pub fn routes(
    exchange: &Arc<Exchange>,
    accounts: &Accounts,
    limits: &Limits,
    document: &ApiDocument,
) -> Routes {
    let guarded = Routes::new()
        .route("/protected", get(protected).authenticated().describe(describe::protected()))
        .route(
            "/debug/summarize-errors",
            post(summarize).authenticated().body_limit(MAX_BODY).describe(describe::summarize()),
        )
        .with_state(accounts.clone());
    Routes::new()
        .route("/health", get(health).public().guard(limits.health.clone()).describe(describe::health()))
        .route("/convert", get(convert).public().guard(limits.convert.clone()).describe(describe::convert()))
        .route("/dependency", get(dependency).public().describe(describe::dependency()))
        .with_state(exchange.clone())
        .merge(guarded)
        .merge(accounts.login().routes())
        .merge(document.route("/openapi.json", public()))
}

/// The service behind its fence.
///
/// # Errors
///
/// Where routes or limits cannot be used.
pub fn app(
    exchange: &Arc<Exchange>,
    accounts: &Accounts,
    limits: &Limits,
    clock: Clock,
) -> Result<Protected, Box<dyn Error>> {
    watched(exchange, accounts, limits, clock, |routes| routes)
}

/// As [`app`], of what `watch` makes of its routes.
///
/// # Errors
///
/// Where routes or limits cannot be used.
pub fn watched(
    exchange: &Arc<Exchange>,
    accounts: &Accounts,
    limits: &Limits,
    clock: Clock,
    watch: impl FnOnce(Routes) -> Routes,
) -> Result<Protected, Box<dyn Error>> {
    let document = ApiDocument::new("Reliability", env!("CARGO_PKG_VERSION"));
    Ok(Stack::new(Auth::jwt(accounts.jwt()).strip())
        .clock(clock)
        .envelope(Envelope::new(Format::Negotiated).dress_rejections())
        .api_document(&document)
        .protect(watch(routes(exchange, accounts, limits, &document)))?)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn dependency(State(exchange): State<Arc<Exchange>>) -> Json<Health> {
    Json(exchange.health())
}

/// Who calls; a token whose user is gone opens nothing.
async fn protected(State(accounts): State<Accounts>, claims: JwtClaims) -> Result<Json<Value>, Denial> {
    let gone = || Denial::new(DenialKind::Unauthenticated).because("unknown_user");
    let id = claims.subject().parse().map_err(|_| gone())?;
    let user = accounts.users().get(&id).await;
    let user = user.map_err(|fault| Denial::new(DenialKind::Unavailable).with_source(fault))?;
    let user = user.filter(|user| !user.disabled).ok_or_else(gone)?;
    Ok(Json(json!({ "username": user.name.as_str(), "expires_at": claims.expires().as_secs() })))
}

async fn summarize(headers: HeaderMap, body: Bytes) -> Result<Json<Summary>, Denial> {
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes()).unwrap_or_default();
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if !kind.eq_ignore_ascii_case(b"application/json") {
        return Err(Denial::new(DenialKind::UnsupportedMediaType));
    }
    let SummaryRequest { lines, top } = SummaryRequest::from_json(&body).map_err(|it| wrong(&it))?;
    Ok(Json(summarise(&lines, top)))
}

fn wrong(problems: &[Problem]) -> Denial {
    Denial::new(DenialKind::Invalid).with_details(json!(problems))
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
