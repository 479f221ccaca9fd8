//! The HTTP side: routes, each with its own limit.

use crate::{
    accounts::Accounts,
    describe,
    exchange::{Exchange, Health, Quote, Source},
    money::Amount,
    settings::Shared,
    summary::{Summary, SummaryRequest, summarise},
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use palisade::{
    ApiDocument, Auth, By, ClientIp, Clock, Denial, DenialKind, Envelope, Format, Protected, Stack,
    jwt::{JwtClaims, login::UserStore as _},
    routes::{Checked, Endpoint, Routes, Violation, Violations, get, post, public},
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

/// The routes, who may call them and how often.
pub fn routes(exchange: &Arc<Exchange>, accounts: &Accounts, document: &ApiDocument) -> Routes {
    let guarded = Routes::new()
        .route("/protected", get(protected).authenticated().describe(describe::protected()))
        .route(
            "/debug/summarize-errors",
            post(summarize).authenticated().body_limit(MAX_BODY).describe(describe::summarize()),
        )
        .with_state(accounts.clone());
    // By address, whoever calls: a token buys nobody more.
    let limited = |endpoint: Endpoint<_>, quotas| endpoint.limit_by(By::client(), quotas);
    Routes::new()
        .route("/health", limited(get(health).public(), HEALTH_LIMIT).describe(describe::health()))
        .route("/convert", limited(get(convert).public(), CONVERT_LIMIT).describe(describe::convert()))
        .route("/dependency", get(dependency).public().describe(describe::dependency()))
        .with_state(exchange.clone())
        .merge(guarded)
        .merge(accounts.login().routes())
        .merge(document.route("/openapi.json", public()))
}

/// The service behind its fence; its limits count in this process, or where others count too.
///
/// # Errors
///
/// Where routes or limits cannot be used.
pub fn app(
    exchange: &Arc<Exchange>,
    accounts: &Accounts,
    shared: Option<&Shared>,
    client_ip: ClientIp,
    clock: Clock,
) -> Result<Protected, Box<dyn Error>> {
    watched(exchange, accounts, shared, client_ip, clock, |routes| routes)
}

/// As [`app`], of what `watch` makes of its routes.
///
/// # Errors
///
/// Where routes or limits cannot be used.
pub fn watched(
    exchange: &Arc<Exchange>,
    accounts: &Accounts,
    shared: Option<&Shared>,
    client_ip: ClientIp,
    clock: Clock,
    watch: impl FnOnce(Routes) -> Routes,
) -> Result<Protected, Box<dyn Error>> {
    let document = ApiDocument::new("Reliability", env!("CARGO_PKG_VERSION"));
    let mut stack = Stack::new(Auth::jwt(accounts.jwt()).strip())
        .clock(clock)
        .client_ip(client_ip)
        .envelope(Envelope::new(Format::Negotiated).dress_rejections())
        .api_document(&document);
    if let Some(shared) = shared {
        stack = stack.limit_store(shared.store(), shared.secret());
    }
    Ok(stack.protect(watch(routes(exchange, accounts, &document)))?)
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

async fn summarize(Checked(asked): Checked<SummaryRequest>) -> Json<Summary> {
    Json(summarise(&asked.lines, asked.top))
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
    let Query(Question { from, to, amount }) = question
        .map_err(|_| wrong("", "parameters", "from, to and amount are needed, once each, and no others"))?;
    let amount: Amount = amount.parse().map_err(|_| {
        wrong(
            "/amount",
            "amount",
            "a decimal number from 0 to a billion, with up to six digits after the point",
        )
    })?;
    let Quote { rates, source, age_seconds } = exchange.quote().await?;
    let unknown = [("/from", &from), ("/to", &to)].into_iter().filter(|(_, code)| rates.of(code).is_none());
    let unknown =
        unknown.map(|(place, _)| Violation::new(place, "currency", "not a currency that is known here"));
    unknown.collect::<Violations>().into_result()?;
    let amount = rates.convert(amount, &from, &to);
    let amount = amount.ok_or_else(|| wrong("/amount", "amount", "more than a billion in that currency"))?;
    Ok(Json(Answer { amount, currency: to, serial: rates.serial, source, age_seconds }))
}

fn wrong(place: &'static str, code: &'static str, message: &'static str) -> Denial {
    Violations::from(Violation::new(place, code, message)).into()
}
