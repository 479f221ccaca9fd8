//! Counts how often handlers run.

use palisade_core::{Denial, Facts, Guard, Pass, Reply};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll},
};
use tower::{Layer, Service};

/// How often handlers ran; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count(Arc<AtomicU64>);

impl Count {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(SeqCst)
    }

    fn add(&self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The last guard of a route.
#[derive(Debug)]
pub(crate) struct CountGuard(pub(crate) Count);

impl Guard for CountGuard {
    type Pass = CountPass;

    fn check(&self, _: &http::request::Parts, _: &Facts) -> Reply<Result<CountPass, Denial>> {
        Reply::now(Ok(CountPass { count: self.0.clone(), refused: false }))
    }
}

/// Counts when it goes, unless the request was refused after it, as one whose body is too large.
#[derive(Debug)]
pub(crate) struct CountPass {
    count: Count,
    refused: bool,
}

impl Pass for CountPass {
    fn outbound(mut self, _: &mut http::response::Parts, facts: &Facts) {
        self.refused = facts.denial().is_some();
    }
}

impl Drop for CountPass {
    fn drop(&mut self) {
        if !self.refused {
            self.count.add();
        }
    }
}

/// Counts the calls of whatever stands behind it: for handlers that no [`Routes`](palisade_routes::Routes) hold.
#[derive(Clone, Debug)]
pub struct CountLayer(pub(crate) Count);

impl<S> Layer<S> for CountLayer {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, count: self.0.clone() }
    }
}

/// A service whose calls are counted.
#[derive(Clone, Debug)]
pub struct Counted<S> {
    inner: S,
    count: Count,
}

impl<S: Service<R>, R> Service<R> for Counted<S>
where
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.count.add();
        Box::pin(self.inner.call(request))
    }
}
