//! A panic is a fault of ours: the client reads a constant, the log the rest.

use axum::body::Body;
use http::Response;
use palisade_core::{Denial, DenialKind};
use std::any::Any;
use tower_http::catch_panic::ResponseForPanic;

/// Makes the response to a panic; the envelope outside gives it words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

impl ResponseForPanic for Panicked {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, cause: Box<dyn Any + Send + 'static>) -> Response<Body> {
        tracing::error!(target: "palisade::panic", cause = text(&*cause), "a handler panicked");
        let denial = Denial::new(DenialKind::Internal).because("panic");
        let mut response = denial.clone().into_bare_response::<Body>();
        response.extensions_mut().insert(denial);
        response
    }
}

/// What a panic said, for the log alone.
pub(crate) fn text(cause: &(dyn Any + Send)) -> &str {
    let said = cause.downcast_ref::<&str>().copied();
    said.or_else(|| cause.downcast_ref::<String>().map(String::as_str)).unwrap_or("unknown")
}
