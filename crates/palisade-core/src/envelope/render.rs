//! The words of a refusal.

use super::accept::Wanted;
use crate::{
    denial::{Denial, DenialKind, GRPC_STATUS},
    facts::Facts,
};
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{
        ACCEPT_RANGES, CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
        CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
    },
    response,
};
use serde_json::Value;

/// What described the body that is being replaced.
const OF_THE_OLD_BODY: [HeaderName; 8] = [
    ACCEPT_RANGES,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    ETAG,
    LAST_MODIFIED,
    TRANSFER_ENCODING,
];

/// Writes status and headers of a refusal and gives its body; for `HEAD` the body is empty and its length told.
pub(super) fn dress(
    head: &mut response::Parts,
    denial: &Denial,
    wanted: Wanted,
    is_head: bool,
    http1: bool,
    facts: &Facts,
) -> Bytes {
    for name in &OF_THE_OLD_BODY {
        head.headers.remove(name);
    }
    denial.write(head);
    head.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if wanted == Wanted::Grpc {
        grpc(head, denial);
        return Bytes::new();
    }
    head.headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(wanted)));
    if http1 && matches!(denial.kind(), DenialKind::Timeout | DenialKind::PayloadTooLarge) {
        // The rest of the request's body is still on its way; it must not be read as the next request.
        head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let words = words(denial, wanted, facts);
    if is_head {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(words.len()));
        return Bytes::new();
    }
    words
}

const fn content_type(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Json | Wanted::Grpc => "application/json",
        Wanted::Problem | Wanted::Dual => "application/problem+json",
    }
}

/// Trailers-only: one header block that says both that the call ended and how.
fn grpc(head: &mut response::Parts, denial: &Denial) {
    head.status = StatusCode::OK;
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    head.headers.insert(GRPC_STATUS, HeaderValue::from(denial.kind().grpc_status()));
    // Messages are constants of printable ASCII; `%` would need escaping and does not occur.
    let message = HeaderValue::from_str(denial.message()).unwrap_or(HeaderValue::from_static("refused"));
    head.headers.insert(HeaderName::from_static("grpc-message"), message);
}

fn words(denial: &Denial, wanted: Wanted, facts: &Facts) -> Bytes {
    let mut text = String::with_capacity(160);
    match wanted {
        Wanted::Json | Wanted::Grpc => {
            text.push('{');
            error_member(&mut text, denial);
        }
        Wanted::Problem => problem(&mut text, denial, facts),
        Wanted::Dual => {
            problem(&mut text, denial, facts);
            text.push(',');
            error_member(&mut text, denial);
        }
    }
    text.push('}');
    text.into()
}

fn error_member(text: &mut String, denial: &Denial) {
    text.push_str("\"error\":{\"code\":\"");
    text.push_str(denial.kind().code());
    text.push_str("\",\"message\":");
    json_string(text, denial.message());
    text.push_str(",\"details\":");
    match denial.details() {
        Some(details) => text.push_str(&details.to_string()),
        None => text.push_str("null"),
    }
    text.push('}');
}

/// RFC 9457: `type`, `title`, `status`, `detail`, `instance`, and the extensions `code`, `request_id`, `details`.
fn problem(text: &mut String, denial: &Denial, facts: &Facts) {
    let kind = denial.kind();
    let (uri, title) = problem_type(kind);
    let id = facts.request_id();
    text.push_str("{\"type\":\"");
    text.push_str(uri);
    text.push_str("\",\"title\":\"");
    text.push_str(title);
    text.push_str("\",\"status\":");
    text.push_str(kind.status().as_str());
    text.push_str(",\"detail\":");
    json_string(text, denial.message());
    text.push_str(&format!(
        ",\"instance\":\"urn:uuid:{id}\",\"code\":\"{}\",\"request_id\":\"{id}\"",
        kind.code()
    ));
    let Some(details) = denial.details() else { return };
    if kind == DenialKind::RateLimited
        && let Some(policy) = details.get("policy")
    {
        text.push_str(&format!(",\"violated-policies\":[{policy}]"));
    }
    if kind == DenialKind::Invalid && details.is_array() {
        text.push_str(&format!(",\"errors\":{details}"));
    }
    text.push_str(&format!(",\"details\":{details}"));
}

/// Types of the IANA registry where one fits, `about:blank` otherwise; the title is constant for a type.
fn problem_type(kind: DenialKind) -> (&'static str, &'static str) {
    match kind {
        DenialKind::RateLimited => (
            "https://iana.org/assignments/http-problem-types#quota-exceeded",
            "Request cannot be satisfied as assigned quota has been exceeded",
        ),
        DenialKind::Overloaded => (
            "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
            "Request cannot be satisfied due to temporary server capacity constraints",
        ),
        kind => ("about:blank", kind.status().canonical_reason().unwrap_or("Error")),
    }
}

fn json_string(text: &mut String, value: &str) {
    text.push_str(&Value::from(value).to_string());
}
