//! A panic is a fault of ours: the client reads a constant, the log the rest.

use axum::response::Response;
use palisade_core::{Denial, DenialKind, Facts};
use std::any::Any;

/// The response to a handler that panicked; the envelope outside gives it words.
pub(crate) fn panicked(cause: &(dyn Any + Send)) -> Response {
    tracing::error!(target: "palisade::panic", cause = text(cause), "a handler panicked");
    let denial = Denial::new(DenialKind::Internal).because("panic");
    let mut response = denial.clone().into_bare_response();
    response.extensions_mut().insert(denial);
    response
}

/// The refusal where a guard panicked: it goes out as any other, so that the client can read it and name the request.
#[cold]
pub(crate) fn guard_panicked(cause: &(dyn Any + Send), facts: &Facts) -> Denial {
    let (cause, request_id) = (text(cause), facts.request_id());
    tracing::error!(target: "palisade::panic", cause, %request_id, "a guard panicked");
    Denial::new(DenialKind::Internal).because("panic")
}

/// What a panic said, for the log alone.
pub(crate) fn text(cause: &(dyn Any + Send)) -> &str {
    let said = cause.downcast_ref::<&str>().copied();
    said.or_else(|| cause.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}
