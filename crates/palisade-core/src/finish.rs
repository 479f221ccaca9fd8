//! The last thing a gate does to a response.

use crate::facts::Facts;
use http::{Response, request};

/// What a gate must remember of a request to finish its response.
pub trait Outlet: Send + Sync + 'static {
    /// What it remembers.
    #[doc(hidden)]
    type Memo: Send + 'static;

    #[doc(hidden)]
    fn remember(&self, head: &request::Parts) -> Self::Memo;

    /// What it remembers where it hands out every response as it is; `None` where it does more.
    #[doc(hidden)]
    #[must_use]
    fn nothing() -> Option<Self::Memo> {
        None
    }

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

    /// `facts` is absent only where [`nothing`](Outlet::nothing) is remembered.
    #[doc(hidden)]
    fn finish(&self, memo: Self::Memo, response: Response<B>, facts: Option<&Facts>) -> Response<Self::Body>;
}

/// Hands the response out as it is; a refusal has an empty body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bare;

impl Outlet for Bare {
    type Memo = ();

    #[inline]
    fn remember(&self, _: &request::Parts) {}

    #[inline]
    fn nothing() -> Option<()> {
        Some(())
    }
}

impl<B> Finish<B> for Bare {
    type Body = B;

    #[inline]
    fn finish(&self, (): (), response: Response<B>, _: Option<&Facts>) -> Response<B> {
        response
    }
}
