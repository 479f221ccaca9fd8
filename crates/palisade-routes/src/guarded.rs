//! The way from a request to its handler.

use crate::{
    body_limit::bound,
    route_guard::Passes,
    terms::{Refusal, Terms, facts_or_new},
};
use axum::{
    extract::Request,
    handler::Handler,
    response::{IntoResponse as _, Response},
};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A handler behind its terms.
///
/// A wrapper and not a layer: layers box a service, and make what an undeclared method is told depend on the order of
/// declarations.
pub(crate) struct Guarded<H> {
    handler: H,
    terms: Arc<Terms>,
}

impl<H> Guarded<H> {
    pub(crate) const fn new(handler: H, terms: Arc<Terms>) -> Self {
        Self { handler, terms }
    }
}

impl<H: Clone> Clone for Guarded<H> {
    #[inline]
    fn clone(&self) -> Self {
        Self { handler: self.handler.clone(), terms: self.terms.clone() }
    }
}

impl<H, T, S> Handler<T, S> for Guarded<H>
where
    H: Handler<T, S>,
    T: 'static,
    S: Send + 'static,
{
    type Future = GuardedFuture<H::Future>;

    #[inline]
    fn call(self, request: Request, state: S) -> Self::Future {
        let Self { handler, terms } = self;
        enter(&terms, request, move |request| handler.call(request, state))
    }
}

/// Asks the terms, and calls what stands behind them if they admit.
#[inline]
pub(crate) fn enter<F>(
    terms: &Arc<Terms>,
    mut request: Request,
    call: impl FnOnce(Request) -> F + Send + 'static,
) -> GuardedFuture<F>
where
    F: Future<Output = Response> + Send + 'static,
{
    let state = match terms.admit(request.extensions()) {
        Err(refusal) => State::Refused { refusal: Some(refusal) },
        Ok(()) if terms.guards.is_empty() => match bound(&mut request, terms.body_limit) {
            Ok(()) => State::Calling { future: call(request) },
            Err(denial) => State::Refused { refusal: Some(Refusal::new(denial, request.extensions())) },
        },
        Ok(()) => State::Guarding { future: Box::pin(through(terms.clone(), request, call)) },
    };
    GuardedFuture { state }
}

/// The longer way, where guards stand between the policy and the handler.
///
/// The body comes last, so that a request that is too large still counts against a limit.
async fn through<F>(
    terms: Arc<Terms>,
    mut request: Request,
    call: impl FnOnce(Request) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = Response> + Send + 'static,
{
    let facts = facts_or_new(request.extensions_mut());
    let (mut head, body) = request.into_parts();
    let mode = terms.mode(Some(&facts));
    let (passes, verdict) = Passes::collect(&terms.guards, &mut head, &facts, mode).await;
    let mut request = Request::from_parts(head, body);
    let response = match verdict.and_then(|()| bound(&mut request, terms.body_limit)) {
        Ok(()) => call(request).await,
        Err(denial) => facts.refuse(denial),
    };
    passes.leave(response, &facts)
}

pin_project! {
    /// The response of what stands behind terms.
    pub(crate) struct GuardedFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProject]
    enum State<F> {
        Calling { #[pin] future: F },
        Guarding { future: Pin<Box<dyn Future<Output = Response> + Send>> },
        Refused { refusal: Option<Refusal> },
    }
}

impl<F: Future<Output = Response>> Future for GuardedFuture<F> {
    type Output = Response;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        match self.project().state.project() {
            StateProject::Calling { future } => future.poll(cx),
            StateProject::Guarding { future } => future.as_mut().poll(cx),
            StateProject::Refused { refusal } => match refusal.take() {
                Some(refusal) => Poll::Ready(refusal.into_response()),
                None => Poll::Pending,
            },
        }
    }
}
