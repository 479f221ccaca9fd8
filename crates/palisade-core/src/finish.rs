//! The last thing a gate does to a response.

use crate::facts::Facts;
use http::{Response, request, response};
use std::task::Poll;

/// What a gate must remember of a request to finish its response.
pub trait Outlet: Send + Sync + 'static {
    /// What it remembers.
    #[doc(hidden)]
    type Memo: Send + 'static;

    /// Whether every response goes out as it is, so that nothing needs to be remembered.
    #[doc(hidden)]
    const PLAIN: bool = false;

    #[doc(hidden)]
    fn remember(&self, head: &request::Parts) -> Self::Memo;

    /// The request was cancelled, or its service failed: there will be no response.
    #[doc(hidden)]
    fn abandon(&self, facts: &Facts) {
        let _ = facts;
    }
}

/// How a gate hands out a response whose body is a `B`.
pub trait Finish<B>: Outlet {
    /// The body that leaves the gate.
    type Body;

    #[doc(hidden)]
    fn finish(&self, memo: Self::Memo, head: response::Parts, body: B, facts: &Facts)
    -> Response<Self::Body>;

    /// The answer as it is, of a request that nobody has to see out.
    #[doc(hidden)]
    fn plain<E>(answer: Poll<Result<Response<B>, E>>) -> Poll<Result<Response<Self::Body>, E>>;
}

/// Hands the response out as it is; a refusal has an empty body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bare;

impl Outlet for Bare {
    type Memo = ();

    const PLAIN: bool = true;

    #[inline]
    fn remember(&self, _: &request::Parts) {}
}

impl<B> Finish<B> for Bare {
    type Body = B;

    #[inline]
    fn finish(&self, (): (), head: response::Parts, body: B, _: &Facts) -> Response<B> {
        Response::from_parts(head, body)
    }

    #[inline]
    fn plain<E>(answer: Poll<Result<Response<B>, E>>) -> Poll<Result<Response<B>, E>> {
        answer
    }
}
