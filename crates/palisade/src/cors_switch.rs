//! CORS where it is wanted, and nothing where it is not.

use crate::cors::is_preflight_of;
use futures_util::future::Either;
use http::{Method, Request, Response};
use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};
use tower_http::cors::{CorsLayer, ResponseFuture};
use tower_layer::Layer as _;
use tower_service::Service;

/// tower-http's layer takes every `OPTIONS` for a preflight; this one sends it only those that are, and nothing at all where
/// CORS is off, so that the type of a stack does not depend on its settings.
///
/// The layer stays shared until a request needs it: a copy of its lists costs more than a limit, and servers copy services for every
/// request.
#[derive(Clone, Debug)]
pub(crate) struct CorsSwitch<S> {
    inner: S,
    cors: Option<Arc<CorsLayer>>,
}

impl<S> CorsSwitch<S> {
    pub(crate) fn new(inner: S, layer: Option<CorsLayer>) -> Self {
        Self { inner, cors: layer.map(Arc::new) }
    }
}

impl<S, A, B> Service<Request<A>> for CorsSwitch<S>
where
    S: Service<Request<A>, Response = Response<B>> + Clone,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Either<S::Future, ResponseFuture<S::Future>>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<A>) -> Self::Future {
        match &self.cors {
            Some(cors) if request.method() != Method::OPTIONS || is_preflight_of(request.headers()) => {
                // The service that was polled ready is the one that is called.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                Either::Right(cors.layer(inner).call(request))
            }
            _ => Either::Left(self.inner.call(request)),
        }
    }
}
