//! axum: extractors, and denials as responses.

use crate::{
    caller::{caller, is_public},
    denial::{Denial, DenialKind},
    facts::{Client, Facts},
    granted::{Demand, Granted},
    identity::Identity,
    in_flight::InFlight,
    principal::Principal,
    require::unguarded,
};
use axum_core::{
    body::Body,
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::request::Parts;

/// A handler may return a denial; the envelope outside gives it words.
impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        let mut response = self.clone().into_bare_response::<Body>();
        response.extensions_mut().insert(self);
        response
    }
}

/// The ledger of the request.
///
/// # Errors
///
/// 500, and a log line with the fix, where no gate stands outside.
impl<S: Send + Sync> FromRequestParts<S> for Facts {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Denial> {
        Self::of(&head.extensions).cloned().ok_or_else(unguarded)
    }
}

/// The caller, who must be known; never on a public route, where nobody is.
///
/// # Errors
///
/// 401 without a good credential; 500 where nobody looked for one, and on public routes.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Denial> {
        caller(Facts::of(&head.extensions).ok_or_else(unguarded)?).cloned()
    }
}

/// The caller, if there is one. On a public route there is none, whatever was presented: who wants to know says `.optional()`.
///
/// # Errors
///
/// The refusal of a presented credential, where it is not only reported; 500 where nobody looked.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Option<Self>, Denial> {
        let facts = Facts::of(&head.extensions).ok_or_else(unguarded)?;
        match facts.identity() {
            Some(_) if is_public(facts) => Ok(None),
            Some(Identity::Known(principal)) => Ok(Some(principal.clone())),
            Some(Identity::Nobody(_) | Identity::Unchecked) => Ok(None),
            // Reported instead of refused: whoever decided so wants the request to run as if nobody had called.
            Some(Identity::Refused(denial)) if facts.would_deny().any(|would| would.is(denial)) => Ok(None),
            Some(Identity::Refused(denial)) => Err(denial.clone()),
            None => Err(unguarded()),
        }
    }
}

/// The caller, and the proof that they meet the demand; see [`Granted`].
///
/// # Errors
///
/// Those of [`Granted::of`].
impl<D: Demand, S: Send + Sync> FromRequestParts<S> for Granted<D> {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Denial> {
        Self::of(Facts::of(&head.extensions).ok_or_else(unguarded)?)
    }
}

/// The proof, if the caller can have it; `None` for nobody, on public routes, and for who may not.
///
/// # Errors
///
/// Those of `Option<Principal>`.
impl<D: Demand, S: Send + Sync> OptionalFromRequestParts<S> for Granted<D> {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Option<Self>, Denial> {
        let caller = <Principal as OptionalFromRequestParts<S>>::from_request_parts(head, state).await?;
        Ok(caller.as_ref().and_then(Self::by))
    }
}

/// A share in what this request occupies, to be moved into what outlives its response: `on_upgrade` of a WebSocket, a task.
///
/// # Errors
///
/// 500, and a log line with the fix, where no gate stands outside.
impl<S: Send + Sync> FromRequestParts<S> for InFlight {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Denial> {
        Facts::of(&head.extensions).map(Facts::in_flight).ok_or_else(unguarded)
    }
}

/// Where the request came from.
///
/// # Errors
///
/// 500 where no [`ClientIp`](crate::ClientIp) stands outside.
impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Denial;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Denial> {
        let facts = Facts::of(&head.extensions).ok_or_else(unguarded)?;
        facts
            .client()
            .copied()
            .ok_or_else(|| Denial::new(DenialKind::Internal).because("client_address_missing"))
    }
}
