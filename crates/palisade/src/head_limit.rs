//! Bounds on what a head may weigh.

use http::{HeaderName, HeaderValue, header::CONTENT_LENGTH, request, response};
use palisade_core::{Denial, DenialKind, Facts, Guard, Pass, Reply};

/// Refuses heads with more than [`HeadLimit::LINES`] header lines, or more than [`HeadLimit::BYTES`] in them, with 431.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeadLimit;

impl HeadLimit {
    pub(crate) const LINES: usize = 64;
    pub(crate) const BYTES: usize = 16 * 1024;
}

impl Guard for HeadLimit {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        let lines = head.headers.len();
        let weight = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
        let bytes: usize = head.headers.iter().map(weight).sum();
        let fits = lines <= Self::LINES && bytes <= Self::BYTES;
        Reply::now(if fits { Ok(()) } else { Err(Denial::new(DenialKind::HeadersTooLarge)) })
    }
}

/// Refuses a body that says it is longer than the largest any route takes, before anything looks at the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyCap(pub(crate) u64);

impl Guard for BodyCap {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        let told =
            head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let fits = told.is_none_or(|length| length <= self.0);
        Reply::now(if fits { Ok(()) } else { Err(Denial::new(DenialKind::PayloadTooLarge)) })
    }
}

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
