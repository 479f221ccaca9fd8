//! Answers of routes that other crates bring along.

use axum::{body::Body, response::Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use palisade_core::{Denial, DenialKind};
use std::fmt;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A JSON body that no cache keeps; `body` writes itself as JSON.
///
/// # Errors
///
/// 500 where it cannot be made an answer.
pub fn no_store(status: StatusCode, body: &impl fmt::Display) -> Result<Response, Denial> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(CACHE_CONTROL, NO_STORE)
        .body(Body::from(body.to_string()));
    response.map_err(|error| Denial::new(DenialKind::Internal).with_source(error))
}

/// 204, which no cache keeps.
#[must_use]
pub fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}
