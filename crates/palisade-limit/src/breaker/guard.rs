//! A breaker in front of a route.

use super::{handle::Breaker, permit::Permit, transition::CallOutcome, verdict::ByStatus};
use http::{StatusCode, request, response};
use palisade_core::{Denial, Facts, Guard, Pass, Reply};
use std::{fmt, sync::Arc};

/// A guard that refuses with 503 while its breaker does; made by [`Breaker::guard`].
///
/// It learns from the head of each response. 5xx are failures; 4xx blame the client and count as neither, like requests that
/// were cancelled or that a guard behind it refused. A panic of what stands behind it is a failure. How long a call took is
/// the time to the head: what a body takes is not seen.
///
/// It reads the clock of its breaker, not that of the request, so that calls by other ways agree with it.
#[derive(Clone, Debug)]
pub struct BreakerGuard {
    breaker: Breaker,
    by_status: ByStatus,
}

impl Breaker {
    /// This breaker as a guard of a route or a gate.
    ///
    /// ```
    /// use palisade_core::gate;
    /// use palisade_limit::breaker::Breaker;
    ///
    /// # fn main() -> Result<(), palisade_limit::breaker::BreakerErrors> {
    /// let layer = gate(Breaker::new("search", Default::default())?.guard());
    /// # let _ = layer;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn guard(&self) -> BreakerGuard {
        BreakerGuard { breaker: self.clone(), by_status: ByStatus::default() }
    }
}

impl BreakerGuard {
    /// Lets `opinion` say what a status means, instead of 5xx failure, 4xx neither, the rest success.
    ///
    /// What a client can provoke should never be a failure: it could then shut out the others.
    #[must_use]
    pub fn classify(mut self, opinion: impl Fn(StatusCode) -> CallOutcome + Send + Sync + 'static) -> Self {
        self.by_status = ByStatus::Given(Arc::new(opinion));
        self
    }
}

impl Guard for BreakerGuard {
    type Pass = BreakerPass;

    #[inline]
    fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<BreakerPass, Denial>> {
        let permit = self.breaker.acquire();
        Reply::now(permit.map(|permit| BreakerPass { permit, by_status: self.by_status.clone() }))
    }
}

/// What an admitted request carries: a permit that waits for the head of the response.
pub struct BreakerPass {
    permit: Permit,
    by_status: ByStatus,
}

impl Pass for BreakerPass {
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        // Refused on the way: what stands behind was not asked.
        if facts.denial().is_none() {
            self.permit.settle(self.by_status.judge(head.status));
        }
    }
}

impl fmt::Debug for BreakerPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerPass").field("permit", &self.permit).finish_non_exhaustive()
    }
}
