//! The one order of everything around a router.

use crate::{
    auth::Auth,
    cors::Cors,
    cors_switch::CorsSwitch,
    counters::{Counters, Shared},
    declared::Declared,
    fence::{Accounts, Audit, Detector, Log, Meter},
    head_limit::HeadLimit,
    in_flight_limit::InFlightLimit,
    metered::Metered,
    misplaced::{misplaced, unknown_exemptions},
    name_request::NameRequest,
    outer::{ADDRESS, OnPreflight, Outer, PRINCIPAL},
    panic::Panicked,
    protected::Protected,
    stack_error::{StackError, StackErrors},
    stack_limits::{Declarer, Listed, StackLimits},
};
use palisade_core::{
    ClientIp, Clock, Envelope, Format, Guard as _, Networks, Secret, SecurityHeaders, Stage, StrictPath, gate,
};
use palisade_limit::{LimitError, RateStore};
use palisade_routes::Routes;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanic;
use tower_layer::Layer as _;

/// Everything around a router, in the one order that is right, as one gate inside CORS and one outside.
///
/// From outside to inside, and why there:
///
/// 1. a panic caught last: a fault of our own is a 500 too, not a broken connection;
/// 2. the access log and the audit log: see everything out, what is refused for its address or its head included;
/// 3. headers for browsers and caches, on whatever goes out, and the client's address: everything below counts or logs by it;
/// 4. the request's name, bounds on its head, paths that can be read in two ways, and networks that may not call: cheap, and
///    before anything else is read of it;
/// 5. the address limit for preflights: CORS answers them itself, so it must come before;
/// 6. the envelope: whatever refuses below is put into words here;
/// 7. CORS: outside the refusals, so that a browser can read a 401 or a 429;
/// 8. the limit on requests in flight: before all that takes work, so that saying no is cheap when there is too much to do, and
///    before the address limit, so that nobody's quota pays for our being busy;
/// 9. the address limit: before any credential is looked at, so that guessing is limited, and 401s and 413s count;
/// 10. who calls: only identifies, the route demands;
/// 11. the caller's limit: by verified identity, never by what is claimed;
/// 12. panics of handlers: inside, so that a 500 still carries limits and its request's name;
/// 13. the router, whose routes state their policy, and bound bodies after it: a stranger reads 401, not 413. Here it is known what
///     is critical, so what is reserved for that is refused to others here, before the route's own limits count.
///
/// ```
/// use palisade::{Auth, Scope, Stack, StaticToken, StaticTokens};
/// use palisade::routes::{Routes, get};
///
/// const READ: Scope = Scope::from_static("read_models");
///
/// let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y").scopes([READ])])?;
/// let routes = Routes::new()
///     .route("/health", get(|| async { "ok" }).public())
///     .route("/models", get(|| async { "llama-7b" }).requires(READ));
/// let app = Stack::new(Auth::with(tokens)).address_limit("5/second burst 10").protect(routes)?;
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stack {
    auth: Auth,
    client_ip: ClientIp,
    security_headers: Option<SecurityHeaders>,
    strict_path: Option<StrictPath>,
    networks: Option<Networks>,
    log: Option<Log>,
    audit: Option<Audit>,
    meter: Option<Meter>,
    detector: Option<Detector>,
    accounts: Option<Accounts>,
    in_flight: Option<InFlightLimit>,
    address: Option<Declared>,
    principal: Option<Declared>,
    shared: Option<Option<Shared>>,
    limits: Option<StackLimits>,
    cors: Option<Cors>,
    body_limit: Option<usize>,
    envelope: Envelope,
    trace: bool,
    report: bool,
    expose: bool,
    clock: Clock,
}

impl Stack {
    /// A stack that learns by `auth` who is calling, takes the peer's address for the client's, limits nothing and answers in
    /// JSON unless a client prefers problem documents.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        Self {
            auth,
            client_ip: ClientIp::peer(),
            security_headers: Some(SecurityHeaders::api()),
            strict_path: Some(StrictPath),
            networks: None,
            log: None,
            audit: None,
            meter: None,
            detector: None,
            accounts: None,
            in_flight: None,
            address: None,
            principal: None,
            shared: None,
            limits: None,
            cors: None,
            body_limit: None,
            envelope: Envelope::new(Format::Negotiated),
            trace: false,
            report: false,
            expose: false,
            clock: Clock::system(),
        }
    }

    /// How the client's address is found.
    #[must_use]
    pub fn client_ip(mut self, client_ip: ClientIp) -> Self {
        self.client_ip = client_ip;
        self
    }

    /// What every answer tells browsers and caches beside its content; [`SecurityHeaders::api`] otherwise, nothing with `None`.
    #[must_use]
    pub fn security_headers(mut self, headers: impl Into<Option<SecurityHeaders>>) -> Self {
        self.security_headers = headers.into();
        self
    }

    /// Admits clients by their networks, before anything is asked of them.
    #[must_use]
    pub fn networks(mut self, networks: Networks) -> Self {
        self.networks = Some(networks);
        self
    }

    /// Takes paths that proxies, routers and file systems read in different ways ([`StrictPath`]), and leaves it to routes to be
    /// sure which of them they mean.
    #[must_use]
    pub fn dangerous_any_path(mut self) -> Self {
        self.strict_path = None;
        self
    }

    /// Writes one line a request when its response's body ends: see [`AccessLog`](palisade_observe::AccessLog).
    #[cfg(feature = "observe")]
    #[must_use]
    pub fn access_log(mut self, log: palisade_observe::AccessLog) -> Self {
        self.log = Some(log);
        self
    }

    /// Records requests that are refused for who calls, with the true reason: see [`Audit`](palisade_observe::audit::Audit). Give the
    /// recorder to keys, logins and limits as their event sink too.
    #[cfg(feature = "observe")]
    #[must_use]
    pub fn audit(mut self, recorder: &palisade_observe::audit::Recorder) -> Self {
        self.audit = Some(Audit::new(recorder.clone()));
        self
    }

    /// Counts requests and decisions, and times the stages of each request, for the recorder of the `metrics` facade: see
    /// [`Metrics`](palisade_observe::Metrics).
    #[cfg(feature = "metrics")]
    #[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
    #[must_use]
    pub fn metrics(mut self, metrics: palisade_observe::Metrics) -> Self {
        self.meter = Some(metrics);
        self
    }

    /// Tells of those who try doors: see [`Suspicions`](palisade_observe::Suspicions), and [`StackLimits::ban`].
    #[cfg(feature = "observe")]
    #[must_use]
    pub fn suspicions(mut self, suspicions: palisade_observe::Suspicions) -> Self {
        self.detector = Some(suspicions);
        self
    }

    /// Keeps for a while how requests were decided, and what each stage took: see [`Explain`](palisade_observe::Explain) and
    /// [`explain_route`](crate::explain_route).
    #[cfg(feature = "observe")]
    #[must_use]
    pub fn explain(mut self, explain: &palisade_observe::Explain) -> Self {
        self.accounts = Some(explain.clone());
        self
    }

    /// Limits how many requests are in flight, from here to the end of the response body, whoever calls: a number from 1 to
    /// 1,000,000, or an [`Overload`](palisade_limit::Overload) of your own. More are refused with 503 and `Retry-After`.
    ///
    /// An [`Overload::reserve`](palisade_limit::Overload::reserve) is kept for routes declared [critical](palisade_routes::Endpoint::critical). Cross-origin
    /// preflights are answered outside and count nothing.
    #[must_use]
    pub fn in_flight_limit(mut self, limit: impl Into<InFlightLimit>) -> Self {
        self.in_flight = Some(limit.into());
        self
    }

    /// Limits every client address, before credentials are looked at: quotas as text (`"5/second burst 10"`), or a
    /// [`RateLimit`](palisade_limit::RateLimit) of your own.
    #[must_use]
    pub fn address_limit(mut self, limit: impl Into<Declared>) -> Self {
        self.address = Some(limit.into());
        self
    }

    /// Limits every verified caller, and the address of those who are not; quotas as text, or a [`RateLimit`](palisade_limit::RateLimit) of your own.
    #[must_use]
    pub fn principal_limit(mut self, limit: impl Into<Declared>) -> Self {
        self.principal = Some(limit.into());
        self
    }

    /// Keeps the counters of all limits that are declared in words, routes' own included, in this store, so that several
    /// processes count together.
    ///
    /// Every process needs the same `secret`, at least 16 bytes: counters are named by hashes keyed with it, so that who can read
    /// the store cannot tell who was counted. A [`RateLimit`](palisade_limit::RateLimit) made by hand keeps its own store.
    #[must_use]
    pub fn limit_store(mut self, store: Arc<dyn RateStore>, secret: &Secret) -> Self {
        self.shared = Some(Shared::new(store, secret));
        self
    }

    /// Puts the limits of this stack and of its routes into the hands of whoever has `limits`.
    #[must_use]
    pub fn limits(mut self, limits: &StackLimits) -> Self {
        self.limits = Some(limits.clone());
        self
    }

    /// Answers cross-origin requests.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = Some(cors);
        self
    }

    /// The largest request body, in bytes, of routes that do not say it themselves; 2 MiB otherwise.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// How refusals read.
    #[must_use]
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// Decides everything and refuses nothing, routes included: the way to install a fence around a service that is open today.
    ///
    /// Body limits of routes still hold: they bound memory, and are no question of who may call.
    #[must_use]
    pub fn report_only(mut self) -> Self {
        self.report = true;
        self
    }

    /// Follows traces: takes `X-Request-Id` and `traceparent` (W3C Trace Context) of trusted proxies, as
    /// [`client_ip`](Self::client_ip) names them, and makes both anew for everybody else.
    ///
    /// Handlers read the place of this service in `traceparent`, responses tell it in `traceresponse`, and the access log tells
    /// `trace_id`; the current `tracing` span gets `request_id` and `trace_id` where it has such fields.
    #[must_use]
    pub fn follow_traces(mut self) -> Self {
        self.trace = true;
        self
    }

    /// Puts each request's facts into its response's extensions too, for layers outside.
    #[must_use]
    pub fn expose_facts(mut self) -> Self {
        self.expose = true;
        self
    }

    /// Reads time from `clock`; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Puts these routes behind the fence.
    ///
    /// # Errors
    ///
    /// Every mistake in the settings and in the routes at once, each with its place.
    pub fn protect(self, routes: Routes<()>) -> Result<Protected, StackErrors> {
        let mut errors = Vec::new();
        let overload = build("in_flight_limit", self.in_flight, InFlightLimit::overload, &mut errors);
        if let Some(None) = &self.shared {
            errors.push(StackError::LimitSecret);
        }
        let counters = Counters { shared: self.shared.flatten(), clock: self.clock.clone() };
        let address = build("address_limit", self.address, |limit| limit.address(&counters), &mut errors);
        let principal =
            build("principal_limit", self.principal, |limit| limit.principal(&counters), &mut errors);
        errors.extend(misplaced("address_limit", address.as_ref(), false));
        errors.extend(misplaced("principal_limit", principal.as_ref(), true));
        let routes = match self.body_limit {
            Some(bytes) => routes.default_body_limit(bytes),
            None => routes,
        };
        let exemptions = routes.exemptions();
        errors.extend(unknown_exemptions(&routes));
        let mut listed = Vec::new();
        for (name, limit) in [(ADDRESS, &address), (PRINCIPAL, &principal)] {
            let limit = limit.clone().map(|limit| Listed { name: name.to_owned(), limit, route: None });
            listed.extend(limit);
        }
        let routes = routes.limits_with(|row, limit| {
            let made = counters.route(row, limit)?;
            let (name, route) = (Counters::route_name(row, limit), Some(Declarer::of(row)));
            listed.push(Listed { name, limit: made.clone(), route });
            Ok::<_, LimitError>(made)
        });
        let cors = match self.cors.as_ref().map(Cors::layer) {
            Some(Err(faults)) => {
                errors.extend(faults.into_iter().map(StackError::Cors));
                None
            }
            Some(Ok(layer)) => Some(layer),
            None => None,
        };
        let routes = match overload.as_ref().filter(|overload| overload.has_reserve()) {
            Some(overload) => routes.guard_ordinary(overload.ordinary()),
            None => routes,
        };
        let router = match routes.into_router() {
            Ok(router) => router,
            Err(faults) => {
                errors.push(StackError::Routes(faults));
                return Err(StackErrors(errors));
            }
        };
        if !errors.is_empty() {
            return Err(StackErrors(errors));
        }
        if let Some(limits) = self.limits {
            limits.fill(listed);
        }
        let preflight = address.clone().filter(|_| cors.is_some()).map(OnPreflight);
        let address = address.map(|limit| Outer::new(limit, ADDRESS, exemptions.clone()));
        let principal = principal.map(|limit| Outer::new(limit, PRINCIPAL, exemptions));
        let (authenticate, beside) = self.auth.guards();
        let is_logged = self.log.is_some() || self.meter.is_some();
        let is_timed = self.meter.is_some() || self.accounts.is_some();
        let stage = |name| is_timed.then_some(Stage::new(name));
        let inside = overload
            .then(address.then(stage("address_limit")))
            .then(authenticate.then(stage("authentication")))
            .then(beside)
            .then(principal.then(stage("principal_limit")));
        let inside = gate(inside).layer(CatchPanic::custom(router, Panicked));
        let trace = self.trace.then(|| self.client_ip.clone());
        let finder = self.client_ip.found_by(crate::protected::connect_info);
        let outside = self.log.then(self.meter).then(self.detector).then(self.accounts);
        let outside = outside.then(self.audit).then(self.security_headers).then(finder);
        let outside = outside.then(NameRequest { trace }).then(HeadLimit).then(self.strict_path);
        let outside = outside.then(self.networks).then(stage("head")).then(preflight);
        let outside = gate(outside).clock(self.clock);
        let outside = if self.report { outside.report_everything() } else { outside };
        let outside = if self.expose { outside.expose_facts() } else { outside };
        let inside = Metered::new(CorsSwitch::new(inside, cors), is_logged);
        Ok(Protected::new(outside.with_envelope(self.envelope).layer(inside)))
    }
}

fn build<D, G>(
    name: &'static str,
    declared: Option<D>,
    build: impl FnOnce(D) -> Result<G, LimitError>,
    errors: &mut Vec<StackError>,
) -> Option<G> {
    match declared.map(build)? {
        Ok(limit) => Some(limit),
        Err(error) => {
            errors.push(StackError::Limit { name, error });
            None
        }
    }
}
