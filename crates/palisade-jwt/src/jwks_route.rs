//! Our public keys, for everybody.

use crate::signing::SigningKeys;
use axum::{body::Body, extract::State, response::Response};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use palisade_core::{Denial, DenialKind};
use palisade_routes::{Description, Routes, get};

/// Where others look for it.
const PATH: &str = "/.well-known/jwks.json";

impl SigningKeys {
    /// `GET /.well-known/jwks.json`, for everybody: the public keys as a JWK set (RFC 7517 §5), which may be kept for
    /// [`max_age`](Self::max_age). Shared secrets are never in it, so that of them it has none.
    ///
    /// ```
    /// use palisade_jwt::SigningKeys;
    /// use palisade_routes::Routes;
    ///
    /// let keys = SigningKeys::in_memory().open()?;
    /// let routes: Routes = Routes::new().merge(keys.routes());
    /// # let _ = routes;
    /// # Ok::<(), palisade_jwt::SigningKeysError>(())
    /// ```
    pub fn routes(&self) -> Routes {
        let keys = serde_json::json!({ "type": "object", "required": ["keys"], "properties": { "keys": { "type": "array" } } });
        let told = Description::of("Read the public keys of tokens")
            .tag("auth")
            .answers(200, "A JWK set (RFC 7517)", "application/jwk-set+json", keys)
            .answers_empty(304, "As `If-None-Match` has it");
        Routes::new().route(PATH, get(jwks).public().describe(told)).with_state(self.clone())
    }
}

async fn jwks(State(keys): State<SigningKeys>, headers: HeaderMap) -> Result<Response, Denial> {
    let (document, tag) = keys.published();
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|line| is_named(line, &tag));
    let response = Response::builder()
        .header(CACHE_CONTROL, format!("public, max-age={}", keys.max_age().as_secs()))
        .header(ETAG, &*tag);
    let response = if is_known {
        response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let kind = HeaderValue::from_static("application/jwk-set+json");
        response.header(CONTENT_TYPE, kind).body(document.into())
    };
    response.map_err(|error| Denial::new(DenialKind::Internal).with_source(error))
}

/// Whether a line of `If-None-Match` names this tag, by the weak comparison (RFC 9110 §13.1.2).
fn is_named(line: &HeaderValue, tag: &str) -> bool {
    let tags = line.to_str().unwrap_or_default().split(',').map(str::trim);
    tags.map(|named| named.strip_prefix("W/").unwrap_or(named)).any(|named| named == tag || named == "*")
}
