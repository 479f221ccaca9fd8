//! Existing routers and services, under one policy.

use crate::{
    guarded::{GuardedFuture, enter},
    terms::Terms,
};
use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use pin_project_lite::pin_project;
use std::{
    convert::Infallible,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tower_service::Service;

/// What puts a mounted service into a router, once its terms are ready.
pub(crate) type BuildMount = Box<dyn FnOnce(Router, &str, Arc<Terms>) -> Router + Send + Sync>;

pub(crate) fn build<M>(service: M) -> BuildMount
where
    M: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    M::Response: IntoResponse,
    M::Future: Send + 'static,
{
    Box::new(move |router, prefix, terms| {
        let mounted = Mounted { service, terms };
        if prefix.is_empty() {
            router.fallback_service(mounted)
        } else {
            router.nest_service(prefix, mounted)
        }
    })
}

/// A service behind terms.
#[derive(Clone)]
struct Mounted<M> {
    service: M,
    terms: Arc<Terms>,
}

impl<M> Service<Request> for Mounted<M>
where
    M: Service<Request, Error = Infallible> + Clone + Send + 'static,
    M::Response: IntoResponse,
    M::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Sure<GuardedFuture<Unfailing<M::Future>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The service that was polled ready is the one that is called.
        let clone = self.service.clone();
        let mut service = mem::replace(&mut self.service, clone);
        let future = enter(&self.terms, request, move |request| Unfailing { future: service.call(request) });
        Sure { future }
    }
}

pin_project! {
    /// The response of a service that cannot fail.
    struct Unfailing<F> {
        #[pin]
        future: F,
    }
}

impl<F, R> Future for Unfailing<F>
where
    F: Future<Output = Result<R, Infallible>>,
    R: IntoResponse,
{
    type Output = Response;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let Ok(response) = ready!(self.project().future.poll(cx));
        Poll::Ready(response.into_response())
    }
}

pin_project! {
    /// The way back to a service.
    struct Sure<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future<Output = Response>> Future for Sure<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().future.poll(cx).map(Ok)
    }
}
