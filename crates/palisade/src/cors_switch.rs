//! CORS where it is wanted, and nothing where it is not.

use crate::cors::is_preflight_of;
use futures_util::future::Either;
use http::{Method, Request, Response};
use std::task::{Context, Poll};
use tower_http::cors::{Cors, CorsLayer, ResponseFuture};
use tower_layer::Layer as _;
use tower_service::Service;

/// tower-http's layer takes every `OPTIONS` for a preflight; this one sends it only those that are, and nothing at all where
/// CORS is off, so that the type of a stack does not depend on its settings.
#[derive(Clone, Debug)]
pub(crate) struct CorsSwitch<S> {
    cors: Cors<S>,
    on: bool,
}

impl<S> CorsSwitch<S> {
    pub(crate) fn new(inner: S, layer: Option<CorsLayer>) -> Self {
        let on = layer.is_some();
        Self { cors: layer.unwrap_or_default().layer(inner), on }
    }
}

impl<S, A, B> Service<Request<A>> for CorsSwitch<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Either<S::Future, ResponseFuture<S::Future>>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.cors.get_mut().poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<A>) -> Self::Future {
        if self.on && (request.method() != Method::OPTIONS || is_preflight_of(request.headers())) {
            Either::Right(self.cors.call(request))
        } else {
            Either::Left(self.cors.get_mut().call(request))
        }
    }
}
