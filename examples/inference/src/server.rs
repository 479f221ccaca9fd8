//! The HTTP side: routes, who may call them, limits, and refusals in one envelope.

use crate::{
    accounts::Accounts,
    generator::{self, Model},
    keys::Keys,
    limits::{self, Limits},
    permissions::{READ_MODELS, RUN_INFERENCE},
    request::{InferenceRequest, InferenceResponse, Problem},
    whoami,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use palisade::{
    AccessLog, Auth, Denial, DenialKind, Envelope, Facts, Format, Principal, Protected, Stack, StackLimits,
    jwt::JwtClaims,
    keys::Keyring,
    routes::{Routes, get, post},
};
use serde_json::{Value, json};
use std::error::Error;

/// The routes and who may call them. `standing` is filled by the stack around them.
pub fn routes(keyring: &Keyring, accounts: &Accounts, standing: &StackLimits, limits: Limits) -> Routes {
    let standing = standing.clone();
    let whoami = async move |principal: Principal, claims: Option<JwtClaims>, facts: Facts| {
        whoami::answer(standing.clone(), principal, claims, facts).await
    };
    let api = Routes::new()
        .route("/health", get(health).public())
        .route("/auth/whoami", get(whoami).authenticated())
        .route("/models", get(models).requires(READ_MODELS))
        .route("/models/{name}", get(model).requires(READ_MODELS))
        .route("/inference", post(infer).requires(RUN_INFERENCE).body_limit(limits.body))
        .with_state(limits);
    Routes::new()
        .nest("/api/v1", api)
        .nest("/api/v1/auth", accounts.login().routes())
        .nest("/api/v1/auth/api-keys", keyring.routes())
        .nest("/api/v1/users", accounts.users().routes())
        .merge(accounts.signing().routes())
}

/// The service behind its fence.
///
/// # Errors
///
/// Where a limit cannot be used; all mistakes at once.
pub fn app(
    keys: &Keys,
    accounts: &Accounts,
    log: Option<AccessLog>,
    limits: Limits,
) -> Result<Protected, Box<dyn Error>> {
    let standing = StackLimits::new();
    let routes = routes(keys.keyring(), accounts, &standing, limits);
    let envelope = Envelope::new(Format::Negotiated).dress_rejections();
    let stack = Stack::new(Auth::keys(keys.api()).or(accounts.jwt()).strip())
        .address_limit(limits::address())
        .principal_limit(limits::caller()?)
        .limits(&standing)
        .envelope(envelope);
    let stack = match log {
        Some(log) => stack.access_log(log),
        None => stack,
    };
    Ok(stack.protect(routes)?)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn models() -> Json<Value> {
    Json(json!({ "models": generator::models() }))
}

async fn model(Path(name): Path<String>) -> Result<Json<&'static Model>, Denial> {
    generator::find(&name).map(Json).ok_or_else(|| Denial::new(DenialKind::NotFound).because("unknown_model"))
}

async fn infer(
    State(limits): State<Limits>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<InferenceResponse>, Denial> {
    let json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !json {
        return Err(Denial::new(DenialKind::UnsupportedMediaType));
    }
    let request = InferenceRequest::from_json(&body).map_err(|problems| invalid(&problems))?;
    // Well under a millisecond, so it may run where requests are answered.
    let answer = request.validate(limits.prompt).map(|job| job.run());
    answer.map(Json).map_err(|problems| invalid(&problems))
}

fn invalid(problems: &[Problem]) -> Denial {
    Denial::new(DenialKind::Invalid).with_details(json!(problems))
}
