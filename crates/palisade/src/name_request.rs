//! The request's name in its response.

use http::{HeaderName, HeaderValue, request, response};
use palisade_core::{Denial, Facts, Guard, Pass, Reply};

/// Names the request in the response: `X-Request-Id`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NameRequest;

impl Guard for NameRequest {
    type Pass = Named;

    #[inline]
    fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<Named, Denial>> {
        Reply::now(Ok(Named))
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Named;

impl Pass for Named {
    #[inline]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        if let Ok(value) = HeaderValue::from_bytes(&facts.request_id().text()) {
            head.headers.insert(HeaderName::from_static("x-request-id"), value);
        }
    }
}
