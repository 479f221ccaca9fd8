//! The way from a request to its handler.

use crate::{
    body_limit::{Reading, bound},
    route_guard::{Passage, Stop, Verdict},
    terms::{Refusal, Terms, facts_or_new},
};
use axum::{
    body::Body,
    extract::Request,
    handler::Handler,
    response::{IntoResponse as _, Response},
};
use http::request::Parts;
use palisade_core::{Reply, or_drop};
use pin_project_lite::pin_project;
use std::{
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
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
        Ok(()) if !terms.guards.is_empty() => pass(terms, request, call),
        Ok(()) => match bound(&mut request, terms.body) {
            Ok(reading) => State::Calling { future: call(request), reading },
            Err(large) if large.must_drain() => {
                let future =
                    async move { Refusal::new(large.drained().await, request.extensions()).into_response() };
                State::Waiting { future: Box::pin(future) }
            }
            Err(large) => State::Refused { refusal: Some(Refusal::new(large.denial, request.extensions())) },
        },
    };
    GuardedFuture { state }
}

/// The longer way, where guards stand between the policy and the handler; still without a box when they answer at once.
///
/// The body comes last, so that a request that is too large still counts against a limit.
fn pass<F>(
    terms: &Arc<Terms>,
    mut request: Request,
    call: impl FnOnce(Request) -> F + Send + 'static,
) -> State<F>
where
    F: Future<Output = Response> + Send + 'static,
{
    let facts = facts_or_new(request.extensions_mut());
    let mode = terms.mode(Some(&facts));
    let (mut head, body) = request.into_parts();
    let mut passage = Passage::new(facts, mode);
    let denial = match passage.ask(&terms.guards, &mut head) {
        Err(Stop::Waiting(reply)) => {
            let future = wait(terms.clone(), passage, reply, head, body, call);
            return State::Waiting { future: Box::pin(future) };
        }
        Err(Stop::Refused(denial)) => denial,
        Ok(()) => {
            let mut request = Request::from_parts(head, body);
            match bound(&mut request, terms.body) {
                Ok(reading) => {
                    return State::Passing {
                        future: call(request),
                        passage: Some(Box::new(passage)),
                        reading,
                    };
                }
                Err(large) if large.must_drain() => {
                    let future = async move { passage.refuse(large.drained().await) };
                    return State::Waiting { future: Box::pin(future) };
                }
                Err(large) => large.denial,
            }
        }
    };
    State::Waiting { future: Box::pin(ready(passage.refuse(denial))) }
}

/// The longest way, where a guard must wait for its answer.
async fn wait<F>(
    terms: Arc<Terms>,
    mut passage: Passage,
    mut reply: Reply<Verdict>,
    mut head: Parts,
    body: Body,
    call: impl FnOnce(Request) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = Response> + Send + 'static,
{
    loop {
        let verdict = reply.await;
        let settled = passage.settle(&terms.guards, verdict, &mut head).map_err(Stop::Refused);
        match settled.and_then(|()| passage.ask(&terms.guards, &mut head)) {
            Ok(()) => break,
            Err(Stop::Refused(denial)) => return passage.refuse(denial),
            Err(Stop::Waiting(next)) => reply = next,
        }
    }
    let mut request = Request::from_parts(head, body);
    match bound(&mut request, terms.body) {
        Ok(reading) => {
            let response = call(request).await;
            passage.leave(answered(reading.as_ref(), response))
        }
        Err(large) => passage.refuse(large.drained().await),
    }
}

#[inline]
fn answered(reading: Option<&Reading>, response: Response) -> Response {
    match reading {
        Some(reading) => reading.answered(response),
        None => response,
    }
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
        Calling { #[pin] future: F, reading: Option<Reading> },
        // Apart, so that routes without guards of their own do not move room for them.
        Passing { #[pin] future: F, passage: Option<Box<Passage>>, reading: Option<Reading> },
        Waiting { future: Pin<Box<dyn Future<Output = Response> + Send>> },
        Refused { refusal: Option<Refusal> },
    }
}

impl<F: Future<Output = Response>> Future for GuardedFuture<F> {
    type Output = Response;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        match self.project().state.project() {
            // Told apart before the response is there, so that it is moved once less where no body was read.
            StateProject::Calling { future, reading: None } => future.poll(cx),
            StateProject::Calling { future, reading: Some(reading) } => {
                future.poll(cx).map(|response| reading.answered(response))
            }
            StateProject::Passing { future, passage, reading } => {
                let response = answered(reading.as_ref(), ready!(or_drop(passage, || future.poll(cx))));
                Poll::Ready(match passage.take() {
                    Some(passage) => passage.leave(response),
                    None => response,
                })
            }
            StateProject::Waiting { future } => future.as_mut().poll(cx),
            StateProject::Refused { refusal } => match refusal.take() {
                Some(refusal) => Poll::Ready(refusal.into_response()),
                None => Poll::Pending,
            },
        }
    }
}
