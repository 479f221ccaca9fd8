//! How much of a request's body was read.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
};
use http_body::{Frame, SizeHint};
use palisade_core::Facts;
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tower_service::Service;

/// Counts what is read of bodies into the facts, for the access log; costs a request without a body nothing.
#[derive(Clone, Debug)]
pub(crate) struct Metered<S> {
    inner: S,
    on: bool,
}

impl<S> Metered<S> {
    pub(crate) const fn new(inner: S, on: bool) -> Self {
        Self { inner, on }
    }
}

impl<S: Service<Request>> Service<Request> for Metered<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request) -> S::Future {
        if self.on && !request.body().is_end_stream() {
            request = meter(request);
        }
        self.inner.call(request)
    }
}

fn meter(request: Request) -> Request {
    let Some(facts) = Facts::of(request.extensions()).cloned() else { return request };
    request.map(|body| Body::new(MeteredBody { body, facts }))
}

pin_project! {
    struct MeteredBody {
        #[pin]
        body: Body,
        facts: Facts,
    }
}

impl HttpBody for MeteredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.facts.note_received(data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
