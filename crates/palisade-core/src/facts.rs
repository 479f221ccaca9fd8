//! The ledger of one request.

pub use crate::client::{Client, Vouched};
use crate::{
    clock::{Clock, Moment},
    decision::{Decision, Policy},
    denial::{Denial, DenialKind},
    identity::Identity,
    in_flight::{Held, InFlight, Tail},
    ledger::Ledger,
    mode::Mode,
    principal::Principal,
    request_id::RequestId,
    route::Route,
};
use http::{Extensions, Response, request};
use std::{
    any::Any,
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
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

    /// Writes down that a limit could not count this request and let it pass, as it was told to for such a case.
    pub fn note_uncounted(&self) {
        self.0.rare_or_new().uncounted.call_once(|| ());
    }

    /// Whether a limit let this request pass without counting it, because its store did not answer.
    #[must_use]
    pub fn is_uncounted(&self) -> bool {
        self.0.rare().is_some_and(|rare| rare.uncounted.is_completed())
    }

    /// Nothing, where every limit counted that saw this request.
    ///
    /// # Errors
    ///
    /// 503, where one let it pass [uncounted](Self::is_uncounted).
    pub fn require_counted(&self) -> Result<(), Denial> {
        if self.is_uncounted() {
            let details = serde_json::json!({ "kind": "limiter_unavailable" });
            return Err(Denial::new(DenialKind::Unavailable)
                .because("limiter_unavailable")
                .with_details(details));
        }
        Ok(())
    }

    /// Keeps a permit until the end of the response body, or until the request is cancelled.
    ///
    /// The envelope's body wrapper takes it over; without an envelope it lives as long as the facts do, which is until the head of
    /// the response is there. A share in an [`InFlight`] keeps it for longer.
    pub fn hold(&self, permit: impl Send + Sync + 'static) {
        self.held().keep(permit);
    }

    #[inline]
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.0
    }

    /// What lasts as long as the response.
    pub(crate) fn held(&self) -> &Held {
        self.0.held.call_once(Held::default)
    }

    /// So many more bytes of the request's body were read.
    pub fn note_received(&self, bytes: u64) {
        self.0.rare_or_new().received.fetch_add(bytes, Relaxed);
    }

    /// How many bytes of the request's body were read so far, where somebody counts them.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.0.rare().map_or(0, |rare| rare.received.load(Relaxed))
    }

    /// Whether a permit of this kind is held of which `is` holds.
    #[must_use]
    #[inline]
    pub fn holds<P: Any>(&self, is: impl FnMut(&P) -> bool) -> bool {
        self.0.held.get().is_some_and(|held| held.any(is))
    }

    /// A share in the permits held so far, for work that outlives the response; to be asked for while the request is handled.
    pub fn in_flight(&self) -> InFlight {
        InFlight::new(self.0.held.get().map(Held::share).unwrap_or_default())
    }

    /// Whether there may be permits in it, which must not go before the response is there.
    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        self.0.held.get().is_some()
    }

    #[inline]
    pub(crate) fn take_held(&self) -> Tail {
        self.0.held.get().map(Held::take).unwrap_or_default()
    }

    pub(crate) fn note_mode(&self, mode: Mode) {
        self.0.mode.call_once(|| mode);
    }

    #[inline]
    pub(crate) fn note_client(&self, client: impl FnOnce() -> Client) {
        self.0.client.call_once(client);
    }

    /// [`note_identity`](Self::note_identity) of a caller who is known.
    #[inline]
    pub(crate) fn note_known(&self, principal: Principal) -> bool {
        let mut first = false;
        self.0.identity.call_once(|| {
            first = true;
            Identity::Known(principal)
        });
        first
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

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("request_id", &self.0.request_id.get())
            .field("client", &self.client().map(|client| client.ip))
            .field("principal", &self.identity().and_then(Identity::principal).map(Principal::id))
            .field("route", &self.route().map(Route::template))
            .field("denial", &self.denial())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::{ManualClock, UnixTime},
        denial::DenialKind,
        ledger::SPARE,
    };

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

    /// Everything that can be written down.
    fn written() -> Facts {
        let facts = Facts::new(Clock::manual(&ManualClock::new(UnixTime::from_secs(1))));
        let decision = Decision {
            admitted: true,
            limit: 1,
            remaining: 1,
            reset: facts.now().mono,
            next: facts.now().mono,
            retry: None,
        };
        facts.note_mode(Mode::Report);
        facts.note_client(|| Client { peer: None, ip: [127, 0, 0, 1].into() });
        assert!(facts.note_identity(Identity::Known(Principal::new("static", "somebody"))));
        facts.note_route(&Route::new("/", "public", true));
        (0..24).for_each(|_| facts.note_decision(&Policy::new("a", "b"), decision));
        facts.note_denial(&Denial::new(DenialKind::Forbidden));
        facts.report(&Denial::new(DenialKind::Forbidden));
        facts.hold(());
        facts
    }

    #[test]
    fn a_ledger_that_is_used_again_tells_nothing_of_its_past() {
        let id = written().request_id();
        for _ in 0..2 * SPARE {
            let many: Vec<_> = (0..SPARE + 8).map(|_| written()).collect();
            drop(many);
            let facts = Facts::new(Clock::system());
            assert_eq!((facts.mode(), facts.client(), facts.decisions().count()), (Mode::Enforce, None, 0));
            assert!(facts.identity().is_none() && facts.route().is_none() && facts.denial().is_none());
            assert!(facts.would_deny().next().is_none() && facts.take_held().permits.is_empty());
            assert!(facts.now().wall.as_secs() > 1_600_000_000 && facts.request_id() != id);
            assert!(facts.clock().is_system());
        }
        assert!(Ledger::laid_by() <= SPARE);
    }

    #[test]
    fn a_ledger_that_somebody_holds_is_not_given_to_another() {
        let first = written();
        let kept = first.clone();
        drop(first);
        let other = Facts::new(Clock::system());
        assert!(other.identity().is_none());
        assert_eq!(kept.identity().and_then(Identity::principal).map(Principal::id), Some("somebody"));
    }

    #[test]
    fn what_was_held_goes_when_the_last_one_goes_and_not_when_the_memory_is_used_again() {
        let held = Arc::new(());
        let facts = Facts::new(Clock::system());
        facts.hold(held.clone());
        let clone = facts.clone();
        drop(facts);
        assert_eq!(Arc::strong_count(&held), 2);
        drop(clone);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
