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
    mem,
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
    /// The passes of all guards that admitted.
    #[doc(hidden)]
    type Pass: Send + 'static;
    /// Whether no pass has anything to do on the way out.
    #[doc(hidden)]
    const SILENT: bool;
    /// Where the chain stopped to wait.
    #[doc(hidden)]
    type Wait: Send + 'static;

    /// The passes so far and the refusal, if any; or where it waits.
    #[doc(hidden)]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
    ) -> Result<Entry<Self::Pass>, Self::Wait>;

    #[doc(hidden)]
    fn resume(
        &self,
        wait: &mut Self::Wait,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        cx: &mut Context<'_>,
    ) -> Poll<Entry<Self::Pass>>;

    #[doc(hidden)]
    fn leave(pass: Self::Pass, head: &mut response::Parts, facts: &Facts);

    /// Whether there is nobody to ask.
    #[doc(hidden)]
    fn is_absent(&self) -> bool;
}

/// The passes of those who admitted, and the denial of the one who did not.
#[doc(hidden)]
#[derive(Debug)]
pub struct Entry<P> {
    pub pass: P,
    pub denial: Option<Denial>,
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
    ) -> Result<Entry<Self::Pass>, Self::Wait> {
        let verdict = self.check_and_seal(head, facts).try_now()?;
        Ok(enter(verdict, head, facts, mode))
    }

    fn resume(
        &self,
        wait: &mut Self::Wait,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        cx: &mut Context<'_>,
    ) -> Poll<Entry<Self::Pass>> {
        let verdict = ready!(Pin::new(wait).poll(cx));
        self.seal(head);
        Poll::Ready(enter(verdict, head, facts, mode))
    }

    #[inline]
    fn leave(pass: Self::Pass, head: &mut response::Parts, facts: &Facts) {
        pass.outbound(head, facts);
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
) -> Entry<Option<P>> {
    match (verdict, mode) {
        (Ok(mut pass), _) => {
            pass.inbound(head);
            Entry { pass: Some(pass), denial: None }
        }
        (Err(denial), Mode::Report) => {
            facts.report(&denial);
            Entry { pass: None, denial: None }
        }
        (Err(denial), Mode::Enforce) => Entry { pass: None, denial: Some(denial) },
    }
}

#[doc(hidden)]
pub enum ThenWait<A: Chain, B: Chain> {
    First(A::Wait),
    Second(Option<A::Pass>, B::Wait),
    Done,
}

impl<A: Chain, B: Chain> fmt::Debug for ThenWait<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First(_) => "First",
            Self::Second(..) => "Second",
            Self::Done => "Done",
        })
    }
}

impl<A: Chain, B: Chain> Then<A, B> {
    #[inline]
    fn second(
        &self,
        first: Entry<A::Pass>,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
    ) -> Result<Entry<<Self as Chain>::Pass>, ThenWait<A, B>> {
        if first.denial.is_some() {
            return Ok(Entry { pass: (first.pass, None), denial: first.denial });
        }
        match self.1.admit(head, facts, mode) {
            Ok(second) => Ok(Entry { pass: (first.pass, Some(second.pass)), denial: second.denial }),
            Err(wait) => Err(ThenWait::Second(Some(first.pass), wait)),
        }
    }
}

impl<A: Chain, B: Chain> Chain for Then<A, B> {
    type Pass = (A::Pass, Option<B::Pass>);
    type Wait = ThenWait<A, B>;

    const SILENT: bool = A::SILENT && B::SILENT;

    #[inline]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
    ) -> Result<Entry<Self::Pass>, Self::Wait> {
        match self.0.admit(head, facts, mode) {
            Ok(first) => self.second(first, head, facts, mode),
            Err(wait) => Err(ThenWait::First(wait)),
        }
    }

    fn resume(
        &self,
        wait: &mut Self::Wait,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        cx: &mut Context<'_>,
    ) -> Poll<Entry<Self::Pass>> {
        loop {
            match wait {
                ThenWait::First(inner) => {
                    let first = ready!(self.0.resume(inner, head, facts, mode, cx));
                    match self.second(first, head, facts, mode) {
                        Ok(entry) => {
                            *wait = ThenWait::Done;
                            return Poll::Ready(entry);
                        }
                        Err(next) => *wait = next,
                    }
                }
                ThenWait::Second(_, inner) => {
                    let second = ready!(self.1.resume(inner, head, facts, mode, cx));
                    if let ThenWait::Second(Some(first), _) = mem::replace(wait, ThenWait::Done) {
                        let pass = (first, Some(second.pass));
                        return Poll::Ready(Entry { pass, denial: second.denial });
                    }
                }
                ThenWait::Done => return Poll::Pending,
            }
        }
    }

    #[inline]
    fn leave(pass: Self::Pass, head: &mut response::Parts, facts: &Facts) {
        if let Some(second) = pass.1 {
            B::leave(second, head, facts);
        }
        A::leave(pass.0, head, facts);
    }

    fn is_absent(&self) -> bool {
        self.0.is_absent() && self.1.is_absent()
    }
}
