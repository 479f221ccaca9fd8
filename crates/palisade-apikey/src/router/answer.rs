//! Answers of the management API.

use super::view::{tag, view};
use crate::{keyring::Created, record::KeyRecord};
use axum::{body::Body, response::Response};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION},
};
use palisade_core::{Denial, DenialKind};
use serde_json::Value;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A JSON body that no cache keeps.
pub(super) fn json(status: StatusCode, body: &Value) -> Result<Response, Denial> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(CACHE_CONTROL, NO_STORE)
        .body(Body::from(body.to_string()));
    response.map_err(|error| Denial::new(DenialKind::Internal).with_source(error))
}

/// 204.
pub(super) fn empty() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

/// One record, and its version as a tag.
pub(super) fn record(record: &KeyRecord) -> Result<Response, Denial> {
    let mut response = json(StatusCode::OK, &view(record))?;
    if let Ok(tag) = HeaderValue::try_from(tag(record)) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// A new key below `base`: the one answer that tells it.
pub(super) fn created(made: &Created, base: &str) -> Result<Response, Denial> {
    let mut body = view(&made.record);
    if let Value::Object(members) = &mut body {
        members.insert("key".to_owned(), made.key.expose().into());
    }
    let mut response = json(StatusCode::CREATED, &body)?;
    let location = format!("{}/{}", base.trim_end_matches('/'), made.record.id);
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::try_from(location) {
        headers.insert(LOCATION, location);
    }
    if let Ok(tag) = HeaderValue::try_from(tag(&made.record)) {
        headers.insert(ETAG, tag);
    }
    if made.replayed {
        let name = HeaderName::from_static("idempotency-replayed");
        headers.insert(name, HeaderValue::from_static("true"));
    }
    Ok(response)
}
