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
        let text = cause
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| cause.downcast_ref::<String>().map(String::as_str));
        tracing::error!(target: "palisade::panic", cause = text.unwrap_or("unknown"), "a handler panicked");
        let denial = Denial::new(DenialKind::Internal).because("panic");
        let mut response = denial.clone().into_bare_response::<Body>();
        response.extensions_mut().insert(denial);
        response
    }
}
