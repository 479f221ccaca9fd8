//! What people write around jsonwebtoken.

use super::issuer::{AUDIENCE, ISSUER};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use std::sync::Arc;

/// The claims that a handler wants.
#[derive(Clone, Debug, Deserialize)]
struct Claims {
    #[allow(dead_code, reason = "for handlers")]
    sub: String,
    #[allow(dead_code, reason = "for handlers")]
    scope: String,
}

/// Verifies and puts the claims into the extensions, with `Router::layer`.
pub(super) fn guarded(router: Router, algorithm: Algorithm, key: DecodingKey) -> Router {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    router.layer(from_fn_with_state(Arc::new((key, validation)), guard))
}

async fn guard(
    State(known): State<Arc<(DecodingKey, Validation)>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (key, validation) = &*known;
    let field = request.headers().get(AUTHORIZATION).and_then(|field| field.to_str().ok());
    let Some(token) = field.and_then(|field| field.strip_prefix("Bearer ")) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match decode::<Claims>(token, key, validation) {
        Ok(data) => {
            request.extensions_mut().insert(data.claims);
            next.run(request).await
        }
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}
