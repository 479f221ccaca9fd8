//! Answers of the management API.

use super::view::{tag, view};
use crate::{keyring::Created, record::KeyRecord};
use axum::response::Response;
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ETAG, LOCATION},
};
use palisade_core::Denial;
pub(super) use palisade_routes::{no_content as empty, no_store as json};
use serde_json::Value;

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
