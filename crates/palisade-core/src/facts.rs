//! The ledger of one request.

pub use crate::client::Client;
use crate::{
    clock::{Clock, Moment},
    decision::{Decision, Policy},
    denial::Denial,
    identity::Identity,
    ledger::{Ledger, Rare},
    mode::Mode,
    request_id::RequestId,
    route::Route,
};
use http::{Extensions, Response, request};
use std::{
    fmt,
    sync::{Arc, MutexGuard, PoisonError},
};

/// What is known about one request: typed cells, each written once, by one writer.
///
/// The first gate makes it and puts it into the request's extensions; later gates find it there. Everything that observes
/// reads it instead of guessing from headers and statuses. Cheap to clone; it cannot be made to say something else later.
///
/// | fact | written by |
/// | --- | --- |
/// | `now`, `request_id` | whoever asks first |
/// | `mode` | a gate that reports for everything inside it |
/// | `client` | [`ClientIp`](crate::ClientIp) |
/// | `identity` | [`Authenticate`](crate::Authenticate) |
/// | `decisions` | limiters |
/// | `route` | the routes |
/// | `denial`, `would_deny` | the gate or route that refused, or would have |
///
/// When the last clone of it is dropped, the memory is wiped and kept for a later request of the same thread.
#[derive(Clone)]
pub struct Facts(Arc<Ledger>);

impl Drop for Facts {
    #[inline]
    fn drop(&mut self) {
        Ledger::close(&mut self.0);
    }
}

impl Facts {
    /// An empty ledger that reads this clock; gates make their own, tests of guards make one by hand.
    ///
    /// It says nothing, so everything that demands an identity refuses it.
    #[must_use]
    #[allow(clippy::needless_pass_by_value, reason = "it is a constructor; a clock is cheap")]
    pub fn new(clock: Clock) -> Self {
        Self(Ledger::open(&clock))
    }

    /// The ledger of the request or response that these extensions belong to.
    #[must_use]
    #[inline]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The request's ledger, made and inserted where there is none yet.
    #[inline]
    pub(crate) fn open(head: &mut request::Parts, clock: &Clock) -> Self {
        head.extensions.get_or_insert_with(|| Self(Ledger::open(clock))).clone()
    }

    /// The moment at which this request is judged: one clock reading for all guards.
    #[must_use]
    #[inline]
    pub fn now(&self) -> Moment {
        *self.0.now.call_once(|| self.0.clock.now())
    }

    /// Whether gates and routes refuse this request, or only report; the laxer of this and their own mode counts.
    #[must_use]
    #[inline]
    pub fn mode(&self) -> Mode {
        self.0.mode.get().copied().unwrap_or_default()
    }

    /// The clock, for whoever must know the time later than [`now`](Self::now).
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The name of this request, drawn when first asked for.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        *self.0.request_id.call_once(RequestId::random)
    }

    /// Where the request came from, once [`ClientIp`](crate::ClientIp) has looked.
    #[must_use]
    #[inline]
    pub fn client(&self) -> Option<&Client> {
        self.0.client.get()
    }

    /// Who is calling, once [`Authenticate`](crate::Authenticate) has looked.
    #[must_use]
    #[inline]
    pub fn identity(&self) -> Option<&Identity> {
        self.0.identity.get()
    }

    /// The route that answers, once it was matched.
    #[must_use]
    pub fn route(&self) -> Option<&Route> {
        self.0.route.get()
    }

    /// Why the request was refused, where it was.
    #[must_use]
    pub fn denial(&self) -> Option<&Denial> {
        self.0.rare()?.denial.get()
    }

    /// Why report-only gates would have refused it, up to four.
    pub fn would_deny(&self) -> impl Iterator<Item = &Denial> + Clone {
        self.0.rare().into_iter().flat_map(|rare| rare.would_deny.iter())
    }

    /// What limiters said, outermost first, up to twenty-four.
    pub fn decisions(&self) -> impl Iterator<Item = (&Policy, &Decision)> + Clone {
        Decisions { ledger: &self.0, at: 0 }
    }

    /// Writes down what a limiter said; what does not fit into the list is not kept.
    #[inline]
    pub fn note_decision(&self, policy: &Policy, decision: Decision) {
        let note = || (policy.clone(), decision);
        if !self.0.decisions.push(note) {
            self.0.rare_or_new().decisions.push(note);
        }
    }

    /// Writes down the route; the first one stays.
    #[inline]
    pub fn note_route(&self, route: &Route) {
        self.0.route.call_once(|| route.clone());
    }

    /// Writes down a refusal and answers with it: status, headers, and an empty body for the envelope to fill.
    #[must_use]
    pub fn refuse<B: Default>(&self, denial: Denial) -> Response<B> {
        self.note_denial(&denial);
        denial.into_bare_response()
    }

    /// Writes down and tells tracing what a report-only gate would have refused.
    pub fn report(&self, denial: &Denial) {
        tracing::info!(
            target: "palisade::would_deny",
            code = denial.kind().code(),
            reason = denial.reason(),
            request_id = %self.request_id(),
            "a report-only gate would have refused this request"
        );
        self.0.rare_or_new().would_deny.push(|| denial.clone());
    }

    /// Keeps a permit until the end of the response body.
    ///
    /// The envelope's body wrapper takes it over; without an envelope it lives as long as the facts do.
    pub fn hold(&self, permit: impl Send + 'static) {
        held(self.0.rare_or_new()).push(Box::new(permit));
    }

    /// Whether there may be permits in it, which must not go before the response is there.
    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        self.0.rare().is_some()
    }

    pub(crate) fn take_held(&self) -> Vec<Box<dyn Send>> {
        self.0.rare().map(|rare| std::mem::take(&mut *held(rare))).unwrap_or_default()
    }

    pub(crate) fn note_mode(&self, mode: Mode) {
        self.0.mode.call_once(|| mode);
    }

    pub(crate) fn note_client(&self, client: Client) {
        self.0.client.call_once(|| client);
    }

    /// `false` where somebody else has said already who is calling.
    pub(crate) fn note_identity(&self, identity: Identity) -> bool {
        let mut first = false;
        self.0.identity.call_once(|| {
            first = true;
            identity
        });
        first
    }

    pub(crate) fn note_denial(&self, denial: &Denial) {
        self.0.rare_or_new().denial.call_once(|| denial.clone());
    }
}

/// One decision after the other.
#[derive(Clone)]
struct Decisions<'f> {
    ledger: &'f Ledger,
    at: usize,
}

impl<'f> Iterator for Decisions<'f> {
    type Item = (&'f Policy, &'f Decision);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (policy, decision) = self.ledger.decision(self.at)?;
        self.at += 1;
        Some((policy, decision))
    }
}

fn held(rare: &Rare) -> MutexGuard<'_, Vec<Box<dyn Send>>> {
    // A panic elsewhere does not make a list of permits wrong.
    rare.held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("request_id", &self.0.request_id.get())
            .field("client", &self.client().map(|client| client.ip))
            .field("principal", &self.identity().and_then(Identity::principal).map(crate::Principal::id))
            .field("route", &self.route().map(Route::template))
            .field("denial", &self.denial())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{denial::DenialKind, principal::Principal};

    #[test]
    fn every_cell_keeps_what_was_written_first() {
        let facts = Facts::new(Clock::system());
        facts.note_identity(Identity::Known(Principal::new("static", "first")));
        facts.note_identity(Identity::Known(Principal::new("static", "second")));
        assert_eq!(facts.identity().unwrap().principal().unwrap().id(), "first");
        assert_eq!(facts.request_id(), facts.request_id());
        assert_eq!(facts.now(), facts.now());
    }

    #[test]
    fn lists_are_bounded() {
        let facts = Facts::new(Clock::system());
        for _ in 0..10 {
            facts.report(&Denial::new(DenialKind::Forbidden));
        }
        assert_eq!(facts.would_deny().count(), 4);
    }
}
