//! Accounts of requests over HTTP.

use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use palisade_core::{Denial, DenialKind, RequestId, Scope};
use palisade_observe::Explain;
use palisade_routes::{Description, Routes, get};

/// May read what is kept of requests.
pub const VIEW_AUDIT_LOGS: Scope = Scope::from_static("view_audit_logs");

/// `GET /_palisade/explain/{id}`, for holders of [`VIEW_AUDIT_LOGS`]: how the request with this id was decided, as JSON; 404 where
/// nothing is kept of it.
///
/// ```
/// use palisade::{Auth, Stack, explain_route, observe::Explain};
///
/// let explain = Explain::new();
/// let app = Stack::new(Auth::disabled()).explain(&explain).protect(explain_route(&explain))?;
/// # let _ = app;
/// # Ok::<(), palisade::StackErrors>(())
/// ```
pub fn explain_route(explain: &Explain) -> Routes {
    let explain = explain.clone();
    let handler = move |Path(id): Path<String>| {
        let found = RequestId::parse(id.as_bytes()).and_then(|id| explain.find(id));
        async move { found.map(answer).ok_or_else(|| Denial::new(DenialKind::NotFound)) }
    };
    let told = Description::of("Explain how a request was decided")
        .tag("audit")
        .path("id", "The request's id, as `X-Request-Id` told it", serde_json::json!({ "type": "string" }))
        .answers(200, "The trace", "application/json", serde_json::json!({ "type": "object" }))
        .refuses([DenialKind::NotFound]);
    Routes::new().route("/_palisade/explain/{id}", get(handler).requires(VIEW_AUDIT_LOGS).describe(told))
}

fn answer(account: Box<[u8]>) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const FRESH: HeaderValue = HeaderValue::from_static("no-store");
    ([(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, FRESH)], account.into_vec()).into_response()
}
