//! How much of a request body is read.

use crate::policy::DEFAULT_BODY_LIMIT;
use axum::{
    body::{Body, HttpBody as _},
    extract::{DefaultBodyLimit, Request},
};
use http::{
    HeaderMap, HeaderValue, Version,
    header::{CONNECTION, CONTENT_LENGTH},
};
use http_body_util::Limited;
use palisade_core::{Denial, DenialKind};
use std::mem;

/// Refuses a body that says it is longer than `limit`, and bounds one that does not say.
///
/// Works below axum's extractors, so a handler that takes the bare `Body` is bounded too.
#[inline]
pub(crate) fn bound(request: &mut Request, limit: usize) -> Result<(), Denial> {
    if request.method().is_safe() && request.body().is_end_stream() {
        return Ok(());
    }
    bound_body(request, limit)
}

fn bound_body(request: &mut Request, limit: usize) -> Result<(), Denial> {
    let hint = request.body().size_hint();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    // A body that knows its length is believed; the header speaks for one that does not know, or that somebody took.
    let declared = || declares_more_than(request.headers(), most);
    if hint.lower() > most || (matches!(hint.exact(), None | Some(0)) && declared()) {
        return Err(too_large(request.version()));
    }
    match hint.upper() {
        Some(upper) if upper <= most => {
            if limit != DEFAULT_BODY_LIMIT && upper > 0 {
                DefaultBodyLimit::max(limit).apply(request);
            }
        }
        _ => {
            let body = mem::take(request.body_mut());
            *request.body_mut() = Body::new(Limited::new(body, limit));
            // One bound is enough, and a second one outside of ours would hide which of them spoke.
            DefaultBodyLimit::disable().apply(request);
        }
    }
    Ok(())
}

fn declares_more_than(headers: &HeaderMap, most: u64) -> bool {
    headers.get_all(CONTENT_LENGTH).iter().any(|value| {
        let digits = value.as_bytes();
        let number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        // A number too large for `u64` is larger than any limit; what is no number is the server's to refuse.
        number
            && value.to_str().ok().and_then(|text| text.parse().ok()).is_none_or(|length: u64| length > most)
    })
}

fn too_large(version: Version) -> Denial {
    let denial = Denial::new(DenialKind::PayloadTooLarge);
    // The rest of the body would be read as the next request, or for nothing; HTTP/2 has streams for that.
    if version < Version::HTTP_2 {
        denial.with_header(CONNECTION, HeaderValue::from_static("close"))
    } else {
        denial
    }
}
