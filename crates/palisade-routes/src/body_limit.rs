//! How much of a request body is read, and how long that may take.

use crate::{
    pace::Pace,
    paced_body::{DRAIN, Drain, Late, PacedBody},
};
use axum::{
    body::{Body, HttpBody as _},
    extract::{DefaultBodyLimit, Request},
    response::Response,
};
use http::{
    HeaderMap, HeaderValue, Version,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
};
use http_body_util::Limited;
use palisade_core::{Denial, DenialKind, Facts, is_grpc};
use std::{future::poll_fn, mem};

/// What a route reads of a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyBounds {
    pub(crate) limit: usize,
    pub(crate) pace: Pace,
    /// Whether messages of gRPC may go on for as long as they like: what is mounted bounds them itself.
    pub(crate) streams_grpc: bool,
}

/// A body that says it is too long, and what is to be read of it before that is answered.
pub(crate) struct TooLarge {
    pub(crate) denial: Denial,
    rest: Option<Body>,
}

impl TooLarge {
    pub(crate) const fn must_drain(&self) -> bool {
        self.rest.is_some()
    }

    /// Reads the rest, within bounds, so that the client gets to read the answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping it leaves the rest unread.
    pub(crate) async fn drained(self) -> Denial {
        if let Some(mut rest) = self.rest {
            let mut drain = Drain::default();
            poll_fn(|cx| drain.poll(&mut rest, cx)).await;
        }
        self.denial
    }
}

/// Refuses a body that says it is longer than the limit, and bounds every other in length and time.
///
/// Works below axum's extractors, so a handler that takes the bare `Body` is bounded too.
#[inline]
pub(crate) fn bound(request: &mut Request, bounds: BodyBounds) -> Result<Option<Reading>, TooLarge> {
    if request.method().is_safe() && request.body().is_end_stream() {
        return Ok(None);
    }
    bound_body(request, bounds)
}

fn bound_body(request: &mut Request, bounds: BodyBounds) -> Result<Option<Reading>, TooLarge> {
    let hint = request.body().size_hint();
    let most = u64::try_from(bounds.limit).unwrap_or(u64::MAX);
    // A body that knows its length is believed; the header speaks for one that does not know, or that somebody took.
    let declared = || declared(request.headers()).filter(|length| *length > most);
    let length = match hint.lower() {
        lower if lower > most => Some(lower),
        _ if matches!(hint.exact(), None | Some(0)) => declared(),
        _ => None,
    };
    if let Some(length) = length {
        let denial = refusal(DenialKind::PayloadTooLarge, request.version());
        // Who asked whether to go on is told not to; of what is far too long nobody reads a part.
        let waits = request.headers().contains_key(EXPECT) || request.version() >= Version::HTTP_2;
        let drains = !waits && !request.body().is_end_stream() && length.saturating_sub(most) <= DRAIN;
        let rest = drains.then(|| mem::take(request.body_mut()));
        return Err(TooLarge { denial, rest });
    }
    // One bound is enough, and a second one outside of ours would hide which of them spoke.
    DefaultBodyLimit::disable().apply(request);
    if hint.exact() == Some(0) {
        return Ok(None);
    }
    let streams = bounds.streams_grpc
        && request.version() == Version::HTTP_2
        && request.headers().get(CONTENT_TYPE).is_some_and(is_grpc);
    let pace = if streams { Pace::ANY } else { bounds.pace };
    let late = Late::default();
    let body = PacedBody::new(mem::take(request.body_mut()), most, pace, late.clone());
    *request.body_mut() = Body::new(Limited::new(body, bounds.limit));
    let facts = Facts::of(request.extensions()).cloned();
    Ok(Some(Reading { late, facts, version: request.version() }))
}

/// A body that is being read while its request is answered.
pub(crate) struct Reading {
    late: Late,
    facts: Option<Facts>,
    version: Version,
}

impl Reading {
    /// The answer, or 408 where an extractor could only say that the body broke off: it cannot know why.
    pub(crate) fn answered(&self, response: Response) -> Response {
        if !self.late.is_late() || !response.status().is_client_error() {
            return response;
        }
        let denial = refusal(DenialKind::Timeout, self.version);
        match &self.facts {
            Some(facts) => facts.refuse(denial),
            None => axum::response::IntoResponse::into_response(denial),
        }
    }
}

/// The length in `Content-Length`; what is no number is the server's to refuse.
fn declared(headers: &HeaderMap) -> Option<u64> {
    let lines = headers.get_all(CONTENT_LENGTH).iter();
    let numbers = lines
        .map(HeaderValue::as_bytes)
        .filter(|value| !value.is_empty() && value.iter().all(u8::is_ascii_digit));
    // A number too large for `u64` is larger than any limit.
    numbers
        .map(|digits| str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).unwrap_or(u64::MAX))
        .max()
}

fn refusal(kind: DenialKind, version: Version) -> Denial {
    let denial = Denial::new(kind);
    // The rest of the body would be read as the next request, or for nothing; HTTP/2 has streams for that.
    if version < Version::HTTP_2 {
        denial.with_header(CONNECTION, HeaderValue::from_static("close"))
    } else {
        denial
    }
}
