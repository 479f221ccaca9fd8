//! Guards one after another, inside one gate.

use crate::{
    denial::Denial,
    facts::Facts,
    guard::{Guard, Pass},
    mode::Mode,
    reply::Reply,
    then::Then,
};
use http::{request, response};
use std::{
    fmt,
    future::Future as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// One guard, or several joined by [`Then`]: what a gate can hold.
///
/// Every [`Guard`] is a chain. The methods are the gate's business; nobody else calls or implements them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a guard nor a chain of guards",
    note = "implement `palisade_core::Guard` for it, or join guards with `first.then(second)`"
)]
pub trait Chain: Send + Sync + 'static {
    /// The passes of all guards that admitted; none, to begin with.
    #[doc(hidden)]
    type Pass: Default + Send + 'static;
    /// Whether no pass has anything to do on the way out.
    #[doc(hidden)]
    const SILENT: bool;
    /// Where the chain stopped to wait.
    #[doc(hidden)]
    type Wait: Send + 'static;

    /// The refusal, if any; or where it waits. Passes are written to where they stay: what is handed from guard to guard is copied
    /// by each.
    #[doc(hidden)]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        pass: &mut Self::Pass,
    ) -> Result<Option<Denial>, Self::Wait>;

    #[doc(hidden)]
    fn resume(
        &self,
        wait: &mut Self::Wait,
        asked: Asked<'_>,
        pass: &mut Self::Pass,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Denial>>;

    /// Takes the passes, all of them, and lets each see the response.
    #[doc(hidden)]
    fn leave(pass: &mut Self::Pass, head: &mut response::Parts, facts: &Facts);

    /// Whether there is nobody to ask.
    #[doc(hidden)]
    fn is_absent(&self) -> bool;
}

/// What a guard is asked about, and how.
#[doc(hidden)]
#[derive(Debug)]
pub struct Asked<'r> {
    pub head: &'r mut request::Parts,
    pub facts: &'r Facts,
    pub mode: Mode,
}

impl<G: Guard> Chain for G {
    type Pass = Option<G::Pass>;
    type Wait = Reply<Result<G::Pass, Denial>>;

    const SILENT: bool = G::Pass::SILENT;

    #[inline]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        pass: &mut Self::Pass,
    ) -> Result<Option<Denial>, Self::Wait> {
        let verdict = self.check_and_seal(head, facts).try_now()?;
        Ok(enter(verdict, head, facts, mode, pass))
    }

    fn resume(
        &self,
        wait: &mut Self::Wait,
        asked: Asked<'_>,
        pass: &mut Self::Pass,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Denial>> {
        let verdict = ready!(Pin::new(wait).poll(cx));
        let Asked { head, facts, mode } = asked;
        self.seal(head);
        Poll::Ready(enter(verdict, head, facts, mode, pass))
    }

    #[inline]
    fn leave(pass: &mut Self::Pass, head: &mut response::Parts, facts: &Facts) {
        if let Some(pass) = pass.take() {
            pass.outbound(head, facts);
        }
    }

    fn is_absent(&self) -> bool {
        Guard::is_absent(self)
    }
}

#[inline]
fn enter<P: Pass>(
    verdict: Result<P, Denial>,
    head: &mut request::Parts,
    facts: &Facts,
    mode: Mode,
    pass: &mut Option<P>,
) -> Option<Denial> {
    match (verdict, mode) {
        (Ok(granted), _) => {
            pass.insert(granted).inbound(head);
            None
        }
        (Err(denial), Mode::Report) => {
            facts.report(&denial);
            None
        }
        (Err(denial), Mode::Enforce) => Some(denial),
    }
}

#[doc(hidden)]
pub enum ThenWait<A: Chain, B: Chain> {
    First(A::Wait),
    Second(B::Wait),
    Done,
}

impl<A: Chain, B: Chain> fmt::Debug for ThenWait<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First(_) => "First",
            Self::Second(_) => "Second",
            Self::Done => "Done",
        })
    }
}

impl<A: Chain, B: Chain> Chain for Then<A, B> {
    type Pass = (A::Pass, B::Pass);
    type Wait = ThenWait<A, B>;

    const SILENT: bool = A::SILENT && B::SILENT;

    #[inline]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        pass: &mut Self::Pass,
    ) -> Result<Option<Denial>, Self::Wait> {
        match self.0.admit(head, facts, mode, &mut pass.0) {
            Ok(None) => self.1.admit(head, facts, mode, &mut pass.1).map_err(ThenWait::Second),
            Ok(refused) => Ok(refused),
            Err(wait) => Err(ThenWait::First(wait)),
        }
    }

    fn resume(
        &self,
        wait: &mut Self::Wait,
        asked: Asked<'_>,
        pass: &mut Self::Pass,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Denial>> {
        let Asked { head, facts, mode } = asked;
        if let ThenWait::First(inner) = wait {
            let asked = Asked { head: &mut *head, facts, mode };
            let refused = ready!(self.0.resume(inner, asked, &mut pass.0, cx));
            *wait = ThenWait::Done;
            if refused.is_some() {
                return Poll::Ready(refused);
            }
            match self.1.admit(head, facts, mode, &mut pass.1) {
                Ok(verdict) => return Poll::Ready(verdict),
                Err(next) => *wait = ThenWait::Second(next),
            }
        }
        let ThenWait::Second(inner) = wait else { return Poll::Pending };
        let refused = ready!(self.1.resume(inner, Asked { head, facts, mode }, &mut pass.1, cx));
        *wait = ThenWait::Done;
        Poll::Ready(refused)
    }

    #[inline]
    fn leave(pass: &mut Self::Pass, head: &mut response::Parts, facts: &Facts) {
        B::leave(&mut pass.1, head, facts);
        A::leave(&mut pass.0, head, facts);
    }

    fn is_absent(&self) -> bool {
        self.0.is_absent() && self.1.is_absent()
    }
}
