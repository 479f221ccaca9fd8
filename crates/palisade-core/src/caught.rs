//! A chain whose panics refuse.

use crate::{
    chain::{Asked, Chain},
    denial::Denial,
    facts::Facts,
    mode::Mode,
};
use http::{request, response};
use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll},
};

/// What a panic is told as.
type Words = fn(&(dyn Any + Send), &Facts) -> Denial;

/// A chain whose panics refuse, in every [mode](crate::GateLayer::report_only), because nothing was decided: the guards before the one that
/// panicked see the refusal out, and the envelope gives it words, as with any other.
///
/// ```
/// use palisade_core::{Caught, Denial, DenialKind, gate, guard_fn};
///
/// let chain = guard_fn(|_, _| panic!("a guard of somebody else"));
/// let layer = gate(Caught::new(chain, |_, facts| {
///     eprintln!("{}: a guard panicked", facts.request_id());
///     Denial::new(DenialKind::Internal).because("panic")
/// }));
/// # let _ = layer;
/// ```
#[derive(Clone)]
pub struct Caught<C> {
    chain: C,
    words: Words,
}

impl<C> Caught<C> {
    /// This chain; `words` makes a refusal of what a panic said, which is for the log alone.
    #[must_use]
    pub const fn new(chain: C, words: Words) -> Self {
        Self { chain, words }
    }
}

impl<C: fmt::Debug> fmt::Debug for Caught<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Caught").field(&self.chain).finish()
    }
}

impl<C: Chain> Chain for Caught<C> {
    type Pass = C::Pass;
    type Wait = C::Wait;

    const SILENT: bool = C::SILENT;

    #[inline]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        pass: &mut Self::Pass,
    ) -> Result<Option<Denial>, Self::Wait> {
        // What is shared with other requests is either behind a lock, which notices, or atomic; passes are there or not.
        match catch_unwind(AssertUnwindSafe(|| self.chain.admit(head, facts, mode, pass))) {
            Ok(said) => said,
            Err(cause) => Ok(Some((self.words)(&*cause, facts))),
        }
    }

    fn resume(
        &self,
        wait: &mut Self::Wait,
        asked: Asked<'_>,
        pass: &mut Self::Pass,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Denial>> {
        let facts = asked.facts;
        match catch_unwind(AssertUnwindSafe(|| self.chain.resume(wait, asked, pass, cx))) {
            Ok(said) => said,
            Err(cause) => Poll::Ready(Some((self.words)(&*cause, facts))),
        }
    }

    #[inline]
    fn leave(pass: &mut Self::Pass, head: &mut response::Parts, facts: &Facts) {
        C::leave(pass, head, facts);
    }

    fn is_absent(&self) -> bool {
        self.chain.is_absent()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::{
        denial::DenialKind,
        gate::gate,
        guard::{Guard, Pass, guard_fn},
        reply::Reply,
    };
    use http::{Request, Response};
    use std::convert::Infallible;
    use tower::{Layer as _, ServiceExt as _, service_fn};

    /// Writes its name into responses.
    struct Named;

    impl Guard for Named {
        type Pass = Self;

        fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<Self, Denial>> {
            Reply::now(Ok(Self))
        }
    }

    impl Pass for Named {
        fn outbound(self, head: &mut response::Parts, _: &Facts) {
            head.headers.insert("x-named", http::HeaderValue::from_static("yes"));
        }
    }

    /// Panics, at once or later.
    struct Panics(bool);

    impl Guard for Panics {
        type Pass = ();

        fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
            assert!(!self.0, "now");
            Reply::later(async { panic!("later") })
        }
    }

    fn words(cause: &(dyn Any + Send), _: &Facts) -> Denial {
        let said = cause.downcast_ref::<&str>().copied().unwrap_or("unknown");
        Denial::new(DenialKind::Internal).because(said)
    }

    #[tokio::test]
    async fn the_guards_before_a_panic_see_its_refusal_out() {
        for (now, report) in [(true, false), (true, true), (false, false), (false, true)] {
            let layer = gate(Caught::new(Named.then(Panics(now)), words));
            let layer = if report { layer.report_only() } else { layer };
            let service = layer.layer(service_fn(|_: Request<()>| async {
                Ok::<_, Infallible>(Response::new(String::from("treasure")))
            }));
            let response = service.oneshot(Request::new(())).await.unwrap();
            assert_eq!((response.status().as_u16(), response.body().as_str()), (500, ""), "{now} {report}");
            assert_eq!(response.headers()["x-named"], "yes", "{now} {report}");
        }
    }

    #[tokio::test]
    async fn what_does_not_panic_decides() {
        let service = service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(String::from("treasure")))
        });
        let open = gate(Caught::new(guard_fn(|_, _| Ok(())), words)).layer(service);
        assert_eq!(open.oneshot(Request::new(())).await.unwrap().body(), "treasure");
        let closed = guard_fn(|_, _| Err(Denial::new(DenialKind::Forbidden)));
        let closed = gate(Caught::new(closed, words)).layer(service);
        assert_eq!(closed.oneshot(Request::new(())).await.unwrap().status(), 403);
    }
}
