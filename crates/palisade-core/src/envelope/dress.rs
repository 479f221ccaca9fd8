//! Which responses the envelope puts into words.

use crate::{
    denial::{Denial, DenialKind},
    facts::Facts,
};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
    response,
};
use http_body::Body;

/// The denial behind an error response; `None` leaves the response as it is.
///
/// Our own refusals come first: from the facts (a gate or a route), then from the response (a handler that returned a
/// [`Denial`]). A status that differs from the denial's says that somebody in between answered in another way on purpose.
pub(super) fn denial<B: Body>(
    head: &response::Parts,
    body: &B,
    is_head: bool,
    facts: &Facts,
    rejections: bool,
) -> Option<Denial> {
    let ours = |denial: &&Denial| denial.kind().status() == head.status;
    if let Some(denial) = head.extensions.get::<Denial>().filter(ours) {
        return Some(denial.clone());
    }
    let empty = body.is_end_stream() || body.size_hint().exact() == Some(0);
    // The answer to HEAD has no body whoever wrote it; what it says of the one that GET would get tells whose it is.
    let bare = empty && !(is_head && tells_of_a_body(head));
    if bare && let Some(denial) = facts.denial().filter(ours) {
        return Some(denial.clone());
    }
    let text = || {
        let kind = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        kind.is_some_and(|kind| kind.starts_with(b"text/plain"))
    };
    // A 413 in plain text is what body limits of libraries send; no application means it as its answer.
    if bare || ((rejections || head.status == StatusCode::PAYLOAD_TOO_LARGE) && text()) {
        return bare_error(head, rejections);
    }
    None
}

fn tells_of_a_body(head: &response::Parts) -> bool {
    let zero = |length: &HeaderValue| length.as_bytes() == b"0";
    head.headers.contains_key(CONTENT_TYPE)
        || head.headers.get(CONTENT_LENGTH).is_some_and(|length| !zero(length))
}

fn bare_error(head: &response::Parts, rejections: bool) -> Option<Denial> {
    let kind = match head.status {
        StatusCode::UNPROCESSABLE_ENTITY if rejections => DenialKind::Invalid,
        status => DenialKind::from_status(status)?,
    };
    let denial = Denial::new(kind);
    let told = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Some(match told {
        Some(seconds) => denial.retry_after(seconds),
        None => denial,
    })
}
