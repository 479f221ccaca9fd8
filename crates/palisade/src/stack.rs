//! Everything that stands around a router, as it is put together.

use crate::{
    auth::Auth,
    cors::Cors,
    counters::Shared,
    declared::Declared,
    fence::{Accounts, Audit, Detector, Document, Log, Meter},
    head_limit::HeadLimit,
    in_flight_limit::InFlightLimit,
    stack_limits::StackLimits,
};
use palisade_core::{ClientIp, Clock, Envelope, Format, Networks, Secret, SecurityHeaders, StrictPath};
use palisade_limit::RateStore;
use std::{sync::Arc, time::Duration};

/// Everything around a router, in the one order that is right, as one gate inside CORS and one outside.
///
/// From outside to inside, and why there:
///
/// 1. a panic caught last: a fault of our own is a 500 too, not a broken connection;
/// 2. the access log and the audit log: see everything out, what is refused for its address or its head included;
/// 3. headers for browsers and caches, on whatever goes out, those by which an allowed origin can read refusals from here on, and the client's address: everything below counts or logs by it;
/// 4. the request's name, bounds on its head, whom it is for, paths that can be read in two ways, networks that may not call, and
///    requests in the clear: cheap, and before anything else is read of it;
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
    pub(crate) auth: Auth,
    pub(crate) client_ip: ClientIp,
    pub(crate) security_headers: Option<SecurityHeaders>,
    pub(crate) strict_path: Option<StrictPath>,
    pub(crate) networks: Option<Networks>,
    pub(crate) https: bool,
    pub(crate) head: HeadLimit,
    pub(crate) log: Option<Log>,
    pub(crate) audit: Option<Audit>,
    pub(crate) meter: Option<Meter>,
    pub(crate) detector: Option<Detector>,
    pub(crate) accounts: Option<Accounts>,
    pub(crate) document: Option<Document>,
    pub(crate) in_flight: Option<InFlightLimit>,
    pub(crate) address: Option<Declared>,
    pub(crate) principal: Option<Declared>,
    pub(crate) shared: Option<Option<Shared>>,
    pub(crate) limits: Option<StackLimits>,
    pub(crate) cors: Option<Cors>,
    pub(crate) body_limit: Option<usize>,
    pub(crate) body_deadline: Option<Duration>,
    pub(crate) body_rate: Option<u32>,
    pub(crate) envelope: Envelope,
    pub(crate) trace: bool,
    pub(crate) report: bool,
    pub(crate) expose: bool,
    pub(crate) several_nodes: bool,
    pub(crate) clock: Clock,
    /// Scopes that settings give.
    #[cfg(feature = "config")]
    pub(crate) given: Vec<crate::config::Given>,
    #[cfg(feature = "serve")]
    pub(crate) served: crate::served::Served,
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
            https: false,
            head: HeadLimit::new(),
            log: None,
            audit: None,
            meter: None,
            detector: None,
            accounts: None,
            document: None,
            in_flight: None,
            address: None,
            principal: None,
            shared: None,
            limits: None,
            cors: None,
            body_limit: None,
            body_deadline: None,
            body_rate: None,
            envelope: Envelope::new(Format::Negotiated),
            trace: false,
            report: false,
            expose: false,
            several_nodes: false,
            clock: Clock::system(),
            #[cfg(feature = "config")]
            given: Vec::new(),
            #[cfg(feature = "serve")]
            served: crate::served::Served::default(),
        }
    }

    /// Changes how it learns who is calling: for kinds of credentials that settings cannot name, and for permissions. There
    /// can be one kind that takes any bearer token.
    ///
    /// ```
    /// use palisade::{Auth, Permissions, Scope, Stack, StaticToken, StaticTokens};
    ///
    /// const READ: Scope = Scope::from_static("read_models");
    /// const WRITE: Scope = Scope::from_static("write_models");
    ///
    /// let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y").scopes([WRITE])])?;
    /// let permissions = Permissions::declare([READ, WRITE]).implies(WRITE, [READ]).build()?;
    /// // As `palisade::config` makes one.
    /// let stack = Stack::new(Auth::with(tokens).strip());
    /// let stack = stack.map_auth(|auth| auth.permissions(permissions));
    /// # let _ = stack;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn map_auth(mut self, change: impl FnOnce(Auth) -> Auth) -> Self {
        self.auth = change(self.auth);
        self
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

    /// Refuses (403) whatever did not come over TLS, by [`serve_tls`](crate::serve_tls) or by a proxy that
    /// [`client_ip`](Self::client_ip) trusts; see [`RequireHttps`](palisade_core::RequireHttps).
    #[must_use]
    pub fn require_https(mut self) -> Self {
        self.https = true;
        self
    }

    /// What heads of requests may weigh; 64 lines of 16 KiB together, and 8 KiB of path and query, otherwise.
    #[must_use]
    pub const fn head_limit(mut self, limit: HeadLimit) -> Self {
        self.head = limit;
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

    /// How long a client may take for a request body, at most a day, of routes that do not say it themselves; 30 seconds otherwise. Then it
    /// is 408.
    #[must_use]
    pub const fn body_deadline(mut self, deadline: Duration) -> Self {
        self.body_deadline = Some(deadline);
        self
    }

    /// How many bytes of a request body a client must send in a second, of routes that do not say it themselves; 128 otherwise, 0 for any.
    #[must_use]
    pub const fn body_rate(mut self, bytes_per_second: u32) -> Self {
        self.body_rate = Some(bytes_per_second);
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

    /// This service runs as several processes, or must not forget when it restarts: [`protect`](Self::protect) then refuses what keeps
    /// users, keys, refresh tokens, revocations, guesses or the counters of limits in the memory of one.
    ///
    /// What is [in flight](Self::in_flight_limit) is counted by each by itself, and what was hung onto a route as a guard is not seen.
    #[must_use]
    pub fn several_nodes(mut self) -> Self {
        self.several_nodes = true;
        self
    }

    /// Reads time from `clock`; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }
}
