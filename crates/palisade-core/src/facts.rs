//! The ledger of one request.

use crate::{
    clock::{Clock, Moment},
    decision::{Decision, Policy},
    denial::Denial,
    identity::Identity,
    mode::Mode,
    request_id::RequestId,
    route::Route,
};
use http::{Extensions, Response, request};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, OnceLock, PoisonError},
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
#[derive(Clone)]
pub struct Facts(Arc<Ledger>);

struct Ledger {
    clock: Clock,
    mode: OnceLock<Mode>,
    now: OnceLock<Moment>,
    request_id: OnceLock<RequestId>,
    client: OnceLock<Client>,
    identity: OnceLock<Identity>,
    route: OnceLock<Route>,
    denial: OnceLock<Denial>,
    would_deny: Notes<Denial, 4>,
    decisions: Notes<(Policy, Decision), 6>,
    held: Mutex<Vec<Box<dyn Send>>>,
}

/// A short list whose entries are written once; what does not fit is not kept.
struct Notes<T, const N: usize>([OnceLock<T>; N]);

impl<T, const N: usize> Notes<T, N> {
    const fn new() -> Self {
        Self([const { OnceLock::new() }; N])
    }

    fn push(&self, mut note: T) -> bool {
        for cell in &self.0 {
            match cell.set(note) {
                Ok(()) => return true,
                Err(back) => note = back,
            }
        }
        false
    }

    fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.0.iter().map_while(OnceLock::get)
    }
}

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The other end of the connection, where there is one.
    pub peer: Option<SocketAddr>,
    /// The client's address after proxies that are trusted, in canonical form.
    pub ip: IpAddr,
}

impl Facts {
    /// An empty ledger that reads this clock; gates make their own, tests of guards make one by hand.
    ///
    /// It says nothing, so everything that demands an identity refuses it.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Ledger {
            clock,
            mode: OnceLock::new(),
            now: OnceLock::new(),
            request_id: OnceLock::new(),
            client: OnceLock::new(),
            identity: OnceLock::new(),
            route: OnceLock::new(),
            denial: OnceLock::new(),
            would_deny: Notes::new(),
            decisions: Notes::new(),
            held: Mutex::new(Vec::new()),
        }))
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
        if let Some(facts) = head.extensions.get::<Self>() {
            return facts.clone();
        }
        let facts = Self::new(clock.clone());
        head.extensions.insert(facts.clone());
        facts
    }

    /// The moment at which this request is judged: one clock reading for all guards.
    #[must_use]
    #[inline]
    pub fn now(&self) -> Moment {
        *self.0.now.get_or_init(|| self.0.clock.now())
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
        *self.0.request_id.get_or_init(RequestId::random)
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
        self.0.denial.get()
    }

    /// Why report-only gates would have refused it, up to four.
    pub fn would_deny(&self) -> impl Iterator<Item = &Denial> + Clone {
        self.0.would_deny.iter()
    }

    /// What limiters said, outermost first, up to six.
    pub fn decisions(&self) -> impl Iterator<Item = (&Policy, &Decision)> + Clone {
        self.0.decisions.iter().map(|(policy, decision)| (policy, decision))
    }

    /// Writes down what a limiter said; what does not fit into the list is not kept.
    #[inline]
    pub fn note_decision(&self, policy: &Policy, decision: Decision) {
        self.0.decisions.push((policy.clone(), decision));
    }

    /// Writes down the route; the first one stays.
    pub fn note_route(&self, route: &Route) {
        let _ = self.0.route.set(route.clone());
    }

    /// Writes down a refusal and answers with it: status, headers, and an empty body for the envelope to fill.
    #[must_use]
    pub fn refuse<B: Default>(&self, denial: Denial) -> Response<B> {
        let _ = self.0.denial.set(denial.clone());
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
        self.0.would_deny.push(denial.clone());
    }

    /// Keeps a permit until the end of the response body.
    ///
    /// The envelope's body wrapper takes it over; without an envelope it lives as long as the facts do.
    pub fn hold(&self, permit: impl Send + 'static) {
        self.held().push(Box::new(permit));
    }

    pub(crate) fn take_held(&self) -> Vec<Box<dyn Send>> {
        std::mem::take(&mut *self.held())
    }

    pub(crate) fn note_mode(&self, mode: Mode) {
        let _ = self.0.mode.set(mode);
    }

    pub(crate) fn note_client(&self, client: Client) {
        let _ = self.0.client.set(client);
    }

    pub(crate) fn note_identity(&self, identity: Identity) {
        let _ = self.0.identity.set(identity);
    }

    pub(crate) fn note_denial(&self, denial: &Denial) {
        let _ = self.0.denial.set(denial.clone());
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Send>>> {
        // A panic elsewhere does not make a list of permits wrong.
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
