//! What panics is answered, and what answers goes out as it is.

use axum::{body::Body, extract::Request, response::Response};
use pin_project_lite::pin_project;
use std::{
    any::Any,
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};
use tower_service::Service;

/// Makes the answer of what a panic said.
pub(crate) type Words = fn(&(dyn Any + Send)) -> Response;

/// Answers where the service in it panics, in `call` or while its future is polled; a panic in a body breaks its connection, because
/// by then the head is gone.
///
/// tower-http's boxes every body once more; this one hands bodies on, and costs what catching costs.
#[derive(Clone)]
pub(crate) struct CatchPanic<S> {
    inner: S,
    words: Words,
}

impl<S> CatchPanic<S> {
    pub(crate) const fn new(inner: S, words: Words) -> Self {
        Self { inner, words }
    }
}

impl<S> fmt::Debug for CatchPanic<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CatchPanic")
    }
}

impl<S, B> Service<Request> for CatchPanic<S>
where
    S: Service<Request, Response = Response<B>>,
    B: From<Body>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = CatchPanicFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request) -> Self::Future {
        let mut request = Some(request);
        let mut future = CatchPanicFuture { state: State::Panicked { cause: None }, words: self.words };
        let (inner, state) = (&mut self.inner, &mut future.state);
        // Both are handed over in place: what goes through the catch by value is copied on both sides of it. What is shared with other
        // requests is either behind a lock, which notices, or atomic.
        let called = catch_unwind(AssertUnwindSafe(|| {
            if let Some(request) = request.take() {
                *state = State::Calling { future: inner.call(request) };
            }
        }));
        if let Err(cause) = called {
            future.state = State::Panicked { cause: Some(cause) };
        }
        future
    }
}

pin_project! {
    /// The response of a [`CatchPanic`].
    pub(crate) struct CatchPanicFuture<F> {
        #[pin]
        state: State<F>,
        words: Words,
    }
}

pin_project! {
    #[project = StateProject]
    enum State<F> {
        Calling { #[pin] future: F },
        Panicked { cause: Option<Box<dyn Any + Send>> },
    }
}

impl<F, B, E> Future for CatchPanicFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: From<Body>,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let cause = match this.state.as_mut().project() {
            StateProject::Calling { future } => match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
                Ok(answer) => return answer,
                Err(cause) => cause,
            },
            StateProject::Panicked { cause } => match cause.take() {
                Some(cause) => cause,
                // Asked again after the answer.
                None => return Poll::Pending,
            },
        };
        // A future that panicked is not asked again.
        this.state.set(State::Panicked { cause: None });
        Poll::Ready(Ok((this.words)(&*cause).map(B::from)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use http::StatusCode;
    use std::convert::Infallible;
    use tower::{ServiceExt as _, service_fn};

    fn teapot(cause: &(dyn Any + Send)) -> Response {
        let said = cause.downcast_ref::<&str>().copied().unwrap_or_default();
        let mut response = Response::new(Body::from(said));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    }

    #[tokio::test]
    async fn panics_in_the_call_and_in_the_future_are_answered() {
        let answers = service_fn(|_: Request| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
        let in_call = service_fn(|_: Request| -> std::future::Ready<Result<Response, Infallible>> {
            panic!("in the call")
        });
        let in_future = service_fn(|_: Request| async { panic!("in the future") });
        let ask = |answer: Result<Response, Infallible>| answer.unwrap().status();
        let status = ask(CatchPanic::new(answers, teapot).oneshot(Request::default()).await);
        assert_eq!(status, StatusCode::OK);
        let status = ask(CatchPanic::new(in_call, teapot).oneshot(Request::default()).await);
        assert_eq!(status, StatusCode::IM_A_TEAPOT);
        let status = ask(CatchPanic::new(in_future, teapot).oneshot(Request::default()).await);
        assert_eq!(status, StatusCode::IM_A_TEAPOT);
    }

    #[tokio::test]
    async fn a_future_that_panicked_is_not_asked_again() {
        let in_future = service_fn(|_: Request| async {
            let panics = true;
            assert!(!panics, "in the future");
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let mut future = std::pin::pin!(CatchPanic::new(in_future, teapot).call(Request::default()));
        let waker = std::task::Waker::noop();
        assert!(future.as_mut().poll(&mut Context::from_waker(waker)).is_ready());
        assert!(future.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    }
}
