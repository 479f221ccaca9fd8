//! axum: what handlers take, and a status as a response.

use crate::{reservation::Reservation, status::LimitStatus};
use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
    request::Parts,
};
use palisade_core::{Denial, DenialKind};
use std::convert::Infallible;

/// What the request has reserved.
///
/// # Errors
///
/// 500, and a log line with the fix, where no limit reserved anything, or it was taken before.
impl<S: Send + Sync> FromRequestParts<S> for Reservation {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Denial> {
        Self::take(&head.extensions).ok_or_else(|| {
            tracing::error!(
                target: "palisade::setup",
                "a handler asks for a reservation and there is none: put a limit with `.reserving(…)` outside of it, take \
                 it once, or take an `Option<Reservation>` where requests can be exempt"
            );
            Denial::new(DenialKind::Internal).because("reservation_missing")
        })
    }
}

/// What the request has reserved; `None` where it is exempt, or nothing reserves.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Reservation {
    type Rejection = Infallible;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(Self::take(&head.extensions))
    }
}

/// As JSON, never cached.
impl IntoResponse for LimitStatus {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.to_json().to_string().into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
