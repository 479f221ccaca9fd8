//! The management API, as routes.

mod answer;
mod describe;
mod fields;
mod json;
mod query;
mod view;

use crate::{
    id::KeyId,
    keyring::{Caller, DEFAULT_GRACE, Keyring, KeyringError, Mistake},
};
use answer::{created, empty, json};
use axum::{
    body::Bytes,
    extract::{OriginalUri, Path, RawQuery, State, rejection::PathRejection},
    response::Response,
};
use fields::Fields;
use http::{HeaderMap, StatusCode, header::IF_MATCH};
use palisade_core::{Denial, DenialKind, Principal};
use palisade_routes::{Policy, Routes, authenticated, get, post, requires};
use serde_json::{Value, json};
use std::time::Duration;

/// How many bytes of a body are read: metadata has at most ten thousand, and the rest is short.
const BODY_LIMIT: usize = 16 * 1024;

impl Keyring {
    /// The management API; put it below a prefix: `routes.nest("/api/v1/auth/api-keys", keyring.routes())`.
    ///
    /// | method, path | needs | answer |
    /// | --- | --- | --- |
    /// | `POST /` | what administers | 201, `Location`, the key, this once |
    /// | `GET /` | what administers | a page: `limit`, `cursor`, `owner`, `lineage`, `revoked`, `unused_since` |
    /// | `GET /self` | a key | the caller's own |
    /// | `GET /{id}` | what administers | one, with `ETag` |
    /// | `PATCH /{id}` | what administers | the changed one; `If-Match` |
    /// | `POST /{id}/rotate` | what administers | 201, `Location`, the successor, this once |
    /// | `DELETE /{id}` | what administers | 204, and 404 when repeated |
    /// | `POST /revoke` | what administers | how many were taken back |
    ///
    /// Every answer is `Cache-Control: no-store`. Nothing of it can be mounted open: the policies stand on the
    /// routes, handlers ask for a verified caller again, and the keyring checks what they may, also where routes only
    /// report.
    pub fn routes(&self) -> Routes {
        let admin = || policy(requires(self.administers().clone()));
        Routes::new()
            .route(
                "/",
                get(list)
                    .policy(admin())
                    .describe(describe::list())
                    .post(create)
                    .policy(admin())
                    .describe(describe::create()),
            )
            .route("/self", get(own).policy(policy(authenticated())).describe(describe::own()))
            .route("/revoke", post(revoke_all).policy(admin()).describe(describe::revoke_all()))
            .route(
                "/{id}",
                get(one)
                    .policy(admin())
                    .describe(describe::one())
                    .patch(update)
                    .policy(admin())
                    .describe(describe::update())
                    .delete(revoke)
                    .policy(admin())
                    .describe(describe::revoke()),
            )
            .route("/{id}/rotate", post(rotate).policy(admin()).describe(describe::rotate()))
            .with_state(self.clone())
            .keeps_here(self.kept_here())
    }
}

const fn policy(policy: Policy) -> Policy {
    policy.body_limit(BODY_LIMIT).never_open()
}

async fn create(
    State(keyring): State<Keyring>,
    principal: Principal,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denial> {
    let new = Fields::read(&headers, &body)?.into_new_key()?;
    let caller = Caller::of(&principal);
    let made = match once(&headers)? {
        Some(word) => keyring.create_once(&caller, word, new).await?,
        None => keyring.create(&caller, new).await?,
    };
    created(&made, uri.path())
}

async fn list(
    State(keyring): State<Keyring>,
    principal: Principal,
    RawQuery(query): RawQuery,
) -> Result<Response, Denial> {
    let query = query::read(query.as_deref().unwrap_or_default())?;
    let page = keyring.list(&Caller::of(&principal), query).await?;
    let keys: Vec<Value> = page.records.iter().map(|record| view::view(record)).collect();
    let next = page.next.map(|cursor| cursor.to_string());
    json(StatusCode::OK, &json!({ "api_keys": keys, "next_cursor": next }))
}

async fn own(State(keyring): State<Keyring>, principal: Principal) -> Result<Response, Denial> {
    let record = keyring.of_caller(&Caller::of(&principal)).await?;
    answer::record(&record)
}

async fn one(
    State(keyring): State<Keyring>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Denial> {
    let record = keyring.get(&Caller::of(&principal), &read_id(id)?).await?;
    answer::record(&record)
}

async fn update(
    State(keyring): State<Keyring>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denial> {
    let id = read_id(id)?;
    let patch = Fields::read(&headers, &body)?.into_patch()?;
    let version = if_match(&headers)?;
    let record = keyring.update(&Caller::of(&principal), id, patch, version).await?;
    answer::record(&record)
}

async fn rotate(
    State(keyring): State<Keyring>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denial> {
    let id = read_id(id)?;
    let grace = if body.is_empty() { None } else { Fields::read(&headers, &body)?.into_grace()? };
    let grace = grace.map_or(DEFAULT_GRACE, Duration::from_secs);
    let made = keyring.rotate(&Caller::of(&principal), id, grace).await?;
    // …/{id}/rotate: the successor stands beside its predecessor.
    let base = uri.path().trim_end_matches('/').trim_end_matches("/rotate");
    created(&made, base.rsplit_once('/').map_or("", |(base, _)| base))
}

async fn revoke(
    State(keyring): State<Keyring>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denial> {
    let id = read_id(id)?;
    let reason = if body.is_empty() { None } else { Fields::read(&headers, &body)?.into_reason()? };
    keyring.revoke(&Caller::of(&principal), id, reason).await?;
    Ok(empty())
}

async fn revoke_all(
    State(keyring): State<Keyring>,
    principal: Principal,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denial> {
    let (query, reason) = Fields::read(&headers, &body)?.into_query()?;
    let outcome = keyring.revoke_all(&Caller::of(&principal), query, reason).await?;
    json(StatusCode::OK, &json!({ "revoked": outcome.revoked, "kept": outcome.kept, "more": outcome.more }))
}

/// Whatever is no id names no key: a stranger to the format learns nothing else.
fn read_id(id: Result<Path<String>, PathRejection>) -> Result<KeyId, Denial> {
    let id = id.ok().and_then(|Path(id)| id.parse().ok());
    id.ok_or_else(|| Denial::new(DenialKind::NotFound).because("key_not_found"))
}

/// `Idempotency-Key`, once.
fn once(headers: &HeaderMap) -> Result<Option<&str>, Denial> {
    single(headers, "idempotency-key", "an idempotency key is one line of printable ASCII")
}

/// The version in `If-Match` (RFC 9110 §13.1.1): one strong tag, or `*` for any.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Denial> {
    let expected = "If-Match is one tag as GET tells it, or *";
    let Some(tag) = single(headers, IF_MATCH.as_str(), expected)? else { return Ok(None) };
    if tag == "*" {
        return Ok(None);
    }
    let version = tag.strip_prefix("\"v").and_then(|tag| tag.strip_suffix('"'));
    match version.and_then(|version| version.parse().ok()) {
        Some(version) => Ok(Some(version)),
        None => Err(KeyringError::Stale.into()),
    }
}

fn single<'h>(headers: &'h HeaderMap, name: &str, expected: &str) -> Result<Option<&'h str>, Denial> {
    let mut lines = headers.get_all(name).iter();
    match (lines.next().map(|line| line.to_str()), lines.next()) {
        (None, _) => Ok(None),
        (Some(Ok(line)), None) => Ok(Some(line.trim())),
        _ => Err(KeyringError::Invalid(vec![Mistake::new("#", expected)]).into()),
    }
}
