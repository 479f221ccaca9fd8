//! The way out of a gate.

use crate::{
    chain::Chain,
    facts::Facts,
    fence::Fence,
    finish::{Finish, Outlet},
    unwind::or_abandon,
};
use http::Response;
use std::{mem, sync::Arc, task::Poll};

/// What is needed on the way out; nothing where the response goes out as it is.
pub(crate) struct Way<C: Chain, F: Outlet>(pub(crate) Option<Trip<C, F>>);

/// What is remembered of a request that is inside.
pub(crate) struct Trip<C: Chain, F: Outlet> {
    pub(crate) fence: Arc<Fence<C, F>>,
    pub(crate) facts: Facts,
    pub(crate) memo: F::Memo,
    pub(crate) pass: Option<C::Pass>,
}

impl<C: Chain, F: Outlet> Drop for Way<C, F> {
    /// There will be no response.
    #[inline]
    fn drop(&mut self) {
        if let Some(trip) = &self.0 {
            trip.fence.finish.abandon(&trip.facts);
        }
    }
}

impl<C: Chain, F: Outlet> Way<C, F> {
    /// Takes the answer as a whole: responses are large, and each part that is taken out of it is moved.
    #[inline(never)]
    pub(crate) fn out<B, E>(
        &mut self,
        answer: Poll<Result<Response<B>, E>>,
    ) -> Poll<Result<Response<F::Body>, E>>
    where
        F: Finish<B>,
    {
        let (mut head, body) = match answer {
            Poll::Ready(Ok(response)) => response.into_parts(),
            Poll::Ready(Err(error)) => {
                // No response: what is left is done as where the request is cancelled.
                self.0.iter_mut().for_each(|trip| trip.pass = None);
                return Poll::Ready(Err(error));
            }
            Poll::Pending => return Poll::Pending,
        };
        let Some(Trip { fence, facts, memo, pass }) = self.0.take() else { return Poll::Pending };
        if let Some(mut pass) = pass {
            // Nobody else gives the request up: from here on the way has nothing any more.
            or_abandon(&fence.finish, &facts, || C::leave(&mut pass, &mut head, &facts));
            // Every link has taken its own; nothing is left to look for.
            mem::forget(pass);
        }
        if fence.expose {
            head.extensions.insert(facts.clone());
        }
        Poll::Ready(Ok(fence.finish.finish(memo, head, body, &facts)))
    }
}
