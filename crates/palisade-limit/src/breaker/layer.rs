//! A breaker around a service, with another service that answers in its stead.
//!
//! A guard admits or refuses; it cannot answer. So a fallback at a route has a layer of its own, outside of the one state
//! machine of gates. Its future is a boxed `async` block: readiness, cancelling and panics are then the compiler's business, and
//! a box is nothing beside a call to a dependency.

use super::{handle::Breaker, transition::CallOutcome, verdict::ByStatus};
use http::{Request, Response, StatusCode};
use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_layer::Layer;
use tower_service::Service;

/// A tower layer that sends requests to a fallback while its breaker refuses them.
///
/// The fallback finds the refusal, a [`Denial`](palisade_core::Denial), in the extensions of the request. It counts nothing; a
/// fallback that can fail in the same way needs a breaker of its own. Statuses count as with [`Breaker::guard`], and an error of
/// the inner service is a failure.
///
/// ```
/// use http::{Request, Response};
/// use palisade_limit::breaker::{Breaker, BreakerLayer};
/// use std::convert::Infallible;
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let breaker = Breaker::consecutive("search", 5)?;
/// let cached = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new("from the cache")));
/// let search = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new("fresh")));
/// let search = BreakerLayer::new(&breaker, cached).layer(search);
///
/// assert_eq!(search.clone().oneshot(Request::new(())).await?.into_body(), "fresh");
/// breaker.force_open();
/// assert_eq!(search.oneshot(Request::new(())).await?.into_body(), "from the cache");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BreakerLayer<F> {
    breaker: Breaker,
    by_status: ByStatus,
    fallback: F,
}

impl<F> BreakerLayer<F> {
    /// Answers with `fallback` while `breaker` refuses.
    #[must_use]
    pub fn new(breaker: &Breaker, fallback: F) -> Self {
        Self { breaker: breaker.clone(), by_status: ByStatus::default(), fallback }
    }

    /// Lets `opinion` say what a status means; see [`BreakerGuard::classify`](super::BreakerGuard::classify).
    #[must_use]
    pub fn classify(mut self, opinion: impl Fn(StatusCode) -> CallOutcome + Send + Sync + 'static) -> Self {
        self.by_status = ByStatus::Given(Arc::new(opinion));
        self
    }
}

impl<S, F: Clone> Layer<S> for BreakerLayer<F> {
    type Service = BreakerService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        BreakerService { inner, layer: self.clone() }
    }
}

/// A service with a breaker and a fallback.
#[derive(Clone)]
pub struct BreakerService<S, F> {
    inner: S,
    layer: BreakerLayer<F>,
}

impl<S, F, B, R> Service<Request<B>> for BreakerService<S, F>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    F: Service<Request<B>, Response = Response<R>, Error = S::Error> + Clone + Send + 'static,
    F::Future: Send,
    B: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.layer.breaker.acquire() {
            Ok(permit) => {
                let by_status = self.layer.by_status.clone();
                let answer = self.inner.call(request);
                Box::pin(async move {
                    let result = answer.await;
                    permit.settle(match &result {
                        Ok(response) => by_status.judge(response.status()),
                        Err(_) => CallOutcome::Failure,
                    });
                    result
                })
            }
            Err(denial) => {
                request.extensions_mut().insert(denial);
                let mut fallback = self.layer.fallback.clone();
                Box::pin(async move {
                    poll_fn(|cx| fallback.poll_ready(cx)).await?;
                    fallback.call(request).await
                })
            }
        }
    }
}

impl<F> fmt::Debug for BreakerLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerLayer").field("breaker", &self.breaker).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, F> fmt::Debug for BreakerService<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerService").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}
