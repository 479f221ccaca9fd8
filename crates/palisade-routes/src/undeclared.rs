//! What is said where no handler was declared.

use crate::terms::{Refusal, Terms};
use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header::ALLOW};
use palisade_core::{Denial, DenialKind};
use std::{
    future::{Ready, ready},
    sync::Arc,
};

/// Answers the methods that nobody declared at a path.
///
/// Who may call one of the declared methods may learn which there are (405 and `Allow`, RFC 9110 §15.5.6); a stranger at a
/// guarded path is told the same as for a declared one.
#[derive(Clone)]
pub(crate) struct UndeclaredMethod(Arc<Inner>);

struct Inner {
    terms: Terms,
    denial: Denial,
}

impl UndeclaredMethod {
    pub(crate) fn new(terms: Terms, allow: HeaderValue) -> Self {
        let denial = Denial::new(DenialKind::MethodNotAllowed).with_header(ALLOW, allow);
        Self(Arc::new(Inner { terms, denial }))
    }
}

impl<S> Handler<(), S> for UndeclaredMethod {
    type Future = Ready<Response>;

    fn call(self, request: Request, _: S) -> Self::Future {
        let refusal = match self.0.terms.admit(request.extensions()) {
            Ok(()) => Refusal::new(self.0.denial.clone(), request.extensions()),
            Err(refusal) => refusal,
        };
        ready(refusal.into_response())
    }
}

/// Answers 404 at paths that nobody declared, whatever was presented.
#[derive(Clone, Copy)]
pub(crate) struct UnknownPath;

impl<S> Handler<(), S> for UnknownPath {
    type Future = Ready<Response>;

    fn call(self, request: Request, _: S) -> Self::Future {
        ready(Refusal::new(Denial::new(DenialKind::NotFound), request.extensions()).into_response())
    }
}
