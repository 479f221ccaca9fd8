//! What decides, and what a granted request carries.

use crate::{denial::Denial, facts::Facts, reply::Reply, then::Then};
use http::{request, response};
use std::{fmt, sync::Arc};

/// Decides, from its head alone, whether a request may pass.
///
/// A guard knows no body, no envelope and no other guard; what it learns it writes into the [`Facts`]. It becomes a layer
/// by [`gate`](crate::gate), and only there.
///
/// ```
/// use palisade_core::{Denial, DenialKind, Facts, Guard, Reply};
/// use http::request;
///
/// struct OnlyJson;
///
/// impl Guard for OnlyJson {
///     type Pass = ();
///
///     fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
///         let json = head.headers.get("content-type").is_some_and(|value| value == "application/json");
///         Reply::now(if json { Ok(()) } else { Err(Denial::new(DenialKind::UnsupportedMediaType)) })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guard",
    note = "implement `palisade_core::Guard`, or make one of a function with `guard_fn(|head, facts| …)`"
)]
pub trait Guard: Send + Sync + 'static {
    /// What an admitted request carries; `()` where there is nothing to carry.
    type Pass: Pass;

    /// Grants a pass or states a denial.
    ///
    /// Runs inside `Service::call`: what takes more than some tens of microseconds belongs in [`Reply::later`], which must own
    /// what it needs of the head.
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>>;

    /// Takes out of the head what nobody behind this guard may see, or marks it.
    ///
    /// Runs after the verdict, whatever it was, also in report-only mode.
    fn seal(&self, head: &mut request::Parts) {
        let _ = head;
    }

    /// [`check`](Self::check), and [`seal`](Self::seal) where the verdict is there at once: what gates call.
    ///
    /// A guard that can do both with less work than one after the other overrides it, and leaves nothing out.
    #[inline]
    fn check_and_seal(&self, head: &mut request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        let reply = self.check(head, facts);
        if reply.is_now() {
            self.seal(head);
        }
        reply
    }

    /// Whether this guard admits everything and notes nothing; a gate of such guards costs next to nothing.
    fn is_absent(&self) -> bool {
        false
    }

    /// This guard, and then that one; the second sees only what the first admits.
    fn then<B>(self, next: B) -> Then<Self, B>
    where
        Self: Sized,
    {
        Then::new(self, next)
    }
}

/// What an admitted request carries: seen once on the way in, and once on the way out.
///
/// When the inner service fails, or the request is cancelled, the pass is dropped instead; when it panics, the pass is dropped
/// while the thread panics, which [`std::thread::panicking`] tells.
pub trait Pass: Send + 'static {
    /// Whether [`outbound`](Self::outbound) does nothing, so that no response needs to be taken apart for it.
    const SILENT: bool = false;

    /// Changes the request's head before it goes on.
    fn inbound(&mut self, head: &mut request::Parts) {
        let _ = head;
    }

    /// Changes the response's head, also that of a refusal by a later guard.
    fn outbound(self, head: &mut response::Parts, facts: &Facts)
    where
        Self: Sized,
    {
        let _ = (head, facts);
    }
}

impl Pass for () {
    const SILENT: bool = true;
}

impl<P: Pass> Pass for Option<P> {
    const SILENT: bool = P::SILENT;

    #[inline]
    fn inbound(&mut self, head: &mut request::Parts) {
        if let Some(pass) = self {
            pass.inbound(head);
        }
    }

    #[inline]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        if let Some(pass) = self {
            pass.outbound(head, facts);
        }
    }
}

/// An absent guard lets everything pass: whether it is there is the application's written choice.
impl<G: Guard> Guard for Option<G> {
    type Pass = Option<G::Pass>;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        match self {
            Some(guard) => guard.check(head, facts).map(|verdict| verdict.map(Some)),
            None => Reply::now(Ok(None)),
        }
    }

    #[inline]
    fn seal(&self, head: &mut request::Parts) {
        if let Some(guard) = self {
            guard.seal(head);
        }
    }

    #[inline]
    fn check_and_seal(&self, head: &mut request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        match self {
            Some(guard) => guard.check_and_seal(head, facts).map(|verdict| verdict.map(Some)),
            None => Reply::now(Ok(None)),
        }
    }

    fn is_absent(&self) -> bool {
        self.as_ref().is_none_or(Guard::is_absent)
    }
}

impl<G: Guard + ?Sized> Guard for Arc<G> {
    type Pass = G::Pass;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        (**self).check(head, facts)
    }

    #[inline]
    fn seal(&self, head: &mut request::Parts) {
        (**self).seal(head);
    }

    #[inline]
    fn check_and_seal(&self, head: &mut request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        (**self).check_and_seal(head, facts)
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

/// A guard made of a plain function; see [`guard_fn`].
#[derive(Clone, Copy)]
pub struct GuardFn<F>(F);

/// Makes a guard of a function over the head and the facts.
///
/// ```
/// use palisade_core::{Denial, DenialKind, gate, guard_fn};
///
/// let layer = gate(guard_fn(|head, _| {
///     if head.uri.path().len() > 512 { Err(Denial::new(DenialKind::UriTooLong)) } else { Ok(()) }
/// }));
/// # let _ = layer;
/// ```
pub fn guard_fn<F>(check: F) -> GuardFn<F>
where
    F: Fn(&request::Parts, &Facts) -> Result<(), Denial> + Send + Sync + 'static,
{
    GuardFn(check)
}

impl<F> Guard for GuardFn<F>
where
    F: Fn(&request::Parts, &Facts) -> Result<(), Denial> + Send + Sync + 'static,
{
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        Reply::now((self.0)(head, facts))
    }
}

impl<F> fmt::Debug for GuardFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuardFn")
    }
}
