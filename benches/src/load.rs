//! Requests, one after another, each answered and checked.

use crate::{ask::Ask, failure::Failure};
use axum::body::Body;
use bytes::{Buf, Bytes};
use http::{Request, Response, StatusCode};
use std::{
    convert::Infallible,
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use tower::Service;

/// Something that works, built and proven.
pub(crate) struct Load(Box<dyn FnMut(u64) -> Result<(), Failure>>);

impl Load {
    pub(crate) fn new(work: impl FnMut(u64) -> Result<(), Failure> + 'static) -> Self {
        Self(Box::new(work))
    }

    /// Works so many times. Valgrind knows it by its name and counts nothing outside of it, hence no inlining.
    #[inline(never)]
    pub(crate) fn work(&mut self, times: u64) -> Result<(), Failure> {
        (self.0)(times)
    }
}

/// What the handler says.
pub(crate) const BODY: &str = "[\"small\",\"large\"]";

/// What must be true of a contender before it is measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Proof {
    /// These stand in the response.
    pub(crate) headers: &'static [&'static str],
    /// This request is answered with that status.
    pub(crate) refuses: Option<(Ask, StatusCode)>,
}

/// The load of a service that is asked the same thing again and again.
///
/// Like hyper's adapter, it clones the service for every request.
pub(crate) fn load<S, B>(service: S, ask: Ask, proof: Proof) -> Result<Load, Failure>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone + 'static,
    B: http_body::Body<Data = Bytes>,
{
    let response = answer(&service, ask)?;
    if let Some(missing) = proof.headers.iter().find(|name| !response.headers().contains_key(**name)) {
        return Err(Failure::Header(missing));
    }
    if let Some((ask, expected)) = proof.refuses {
        let found = answer(&service, ask)?.status();
        if found != expected {
            return Err(Failure::Status(found, expected));
        }
    }
    Ok(Load::new(move |times| (0..times).try_for_each(|_| exchange(&service, ask))))
}

/// Asks once and checks the answer: status and body.
pub(crate) fn exchange<S, B>(service: &S, ask: Ask) -> Result<(), Failure>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    B: http_body::Body<Data = Bytes>,
{
    let response = answer(service, ask)?;
    if response.status() != StatusCode::OK {
        return Err(Failure::Status(response.status(), StatusCode::OK));
    }
    let mut body = pin!(response.into_body());
    let mut expected = BODY.as_bytes();
    while let Some(frame) = ready(std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)))? {
        let Some(data) = frame.ok().and_then(|frame| frame.into_data().ok()) else { continue };
        expected = expected.strip_prefix(data.chunk()).ok_or(Failure::Body)?;
    }
    if expected.is_empty() { Ok(()) } else { Err(Failure::Body) }
}

/// The answer to one request.
pub(crate) fn answer<S, B>(service: &S, ask: Ask) -> Result<Response<B>, Failure>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
{
    let mut service = service.clone();
    let Ok(()) = ready(std::future::poll_fn(|cx| service.poll_ready(cx)))?;
    let Ok(response) = ready(service.call(ask.request()))?;
    Ok(response)
}

/// Everything here is in memory, so there is nothing to wait for and no runtime to measure.
fn ready<F: Future>(future: F) -> Result<F::Output, Failure> {
    let future: Pin<&mut F> = pin!(future);
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Failure::Pending),
    }
}
