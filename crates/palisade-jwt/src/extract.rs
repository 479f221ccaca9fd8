//! axum: the claims of the token with which a caller calls.

use crate::claims::Claims;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use palisade_core::{Denial, DenialKind, Principal};
use std::{ops::Deref, sync::Arc};

/// The claims of the verified token that made the caller known.
///
/// As an extractor it goes by the same rules as [`Principal`]: never on a public route, and `Option<JwtClaims>` is `None` for nobody, and
/// for callers of other kinds.
///
/// ```
/// use palisade_jwt::JwtClaims;
///
/// async fn greet(claims: JwtClaims) -> String {
///     let name = claims.get("name").and_then(|name| name.as_str());
///     format!("Hello, {}", name.unwrap_or(claims.subject()))
/// }
/// # let _ = greet;
/// ```
#[derive(Clone, Debug)]
pub struct JwtClaims(pub Arc<Claims>);

impl JwtClaims {
    /// Those of this caller, where a token made it known.
    #[must_use]
    pub fn of(principal: &Principal) -> Option<Self> {
        principal.details().map(Self)
    }
}

impl Deref for JwtClaims {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.0
    }
}

/// # Errors
///
/// Those of [`Principal`]; 403 for a caller whom no token made known.
impl<S: Send + Sync> FromRequestParts<S> for JwtClaims {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Self, Denial> {
        let principal = <Principal as FromRequestParts<S>>::from_request_parts(head, state).await?;
        Self::of(&principal).ok_or_else(|| Denial::new(DenialKind::Forbidden).because("caller_without_token"))
    }
}

/// # Errors
///
/// Those of `Option<Principal>`.
impl<S: Send + Sync> OptionalFromRequestParts<S> for JwtClaims {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Option<Self>, Denial> {
        let principal = <Principal as OptionalFromRequestParts<S>>::from_request_parts(head, state).await?;
        Ok(principal.as_ref().and_then(Self::of))
    }
}
