//! The HTTP side: routes, who may call them, limits, and refusals in one envelope.

use crate::{
    data_dir::TokenFile,
    generator::{self, Model},
    permissions::{READ_MODELS, RUN_INFERENCE},
    request::{InferenceRequest, InferenceResponse, Problem},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, header::CONTENT_TYPE},
};
use palisade::{
    Auth, CredentialDigest, Denial, DenialKind, Envelope, Format, Protected, Scope, Stack, StaticToken,
    StaticTokens, UnixTime,
    routes::{Routes, get, post},
};
use serde_json::{Value, json};
use std::error::Error;

/// Requests an address may make at once; five a second in the long run.
pub const AT_ONCE: u32 = 10;
/// What each principal may do: windows begin with the minute, so that a reset is the same for everybody who reads it.
pub const PRINCIPAL_LIMIT: &str = "60/minute fixed epoch";

/// What an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest prompt, in characters.
    pub prompt: usize,
    /// The longest body of an inference, in bytes.
    pub body: usize,
}

/// The routes and who may call them.
pub fn routes(limits: Limits) -> Routes {
    let api = Routes::new()
        .route("/health", get(health).public())
        .route("/models", get(models).requires(Scope::from_static(READ_MODELS)))
        .route("/models/{name}", get(model).requires(Scope::from_static(READ_MODELS)))
        .route("/inference", post(infer).requires(Scope::from_static(RUN_INFERENCE)).body_limit(limits.body))
        .with_state(limits);
    Routes::new().nest("/api/v1", api)
}

/// The service behind its fence.
///
/// # Errors
///
/// Where a stored token or a limit cannot be used; all mistakes at once.
pub fn app(tokens: &TokenFile, limits: Limits) -> Result<Protected, Box<dyn Error>> {
    let declared: Vec<StaticToken> = tokens
        .tokens()
        .iter()
        .map(|record| {
            let scopes =
                record.scopes.iter().map(|scope| scope.parse::<Scope>()).collect::<Result<Vec<_>, _>>()?;
            let token = StaticToken::named(record.name.as_str())
                .digest(CredentialDigest::from_bytes(*record.sha256.as_bytes()))
                .scopes(scopes);
            Ok::<_, Box<dyn Error>>(match record.expires_at() {
                Some(at) => token.expires_at(UnixTime::from_secs(at)),
                None => token,
            })
        })
        .collect::<Result<_, _>>()?;
    let envelope = Envelope::new(Format::Negotiated).dress_rejections();
    Ok(Stack::new(Auth::with(StaticTokens::new(declared)?).strip())
        .address_limit(format!("5/second burst {AT_ONCE}"))
        .principal_limit(PRINCIPAL_LIMIT)
        .envelope(envelope)
        .protect(routes(limits))?)
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
