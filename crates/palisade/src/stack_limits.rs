//! The limits of a stack, for those who look at them.

use crate::{bans::Bans, outer::ADDRESS};
use palisade_core::{Denial, Facts, Identity, Principal, Requirement, Subject};
use palisade_limit::{LimitHandle, LimitStatus, RateLimit};
use palisade_routes::Row;
use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The limits of a stack and of its routes, in the hands of handlers: to tell callers where they stand, and for operators.
///
/// It is empty until [`Stack::protect`](crate::Stack::protect) fills it; clones are the same.
///
/// ```
/// use palisade::routes::{Routes, get};
/// use palisade::{Auth, Stack, StackLimits};
///
/// let limits = StackLimits::new();
/// let routes = Routes::new()
///     .route("/health", get(async || "ok").public().limit("5/minute"))
///     .route(
///         "/rate_limit",
///         get(limits.status()).optional().limit("30/minute").exempt_from("address").exempt_from("principal"),
///     );
/// let app = Stack::new(Auth::disabled()).address_limit("5/second burst 10").limits(&limits).protect(routes)?;
/// assert!(limits.get("address").is_some() && limits.get("GET /health").is_some());
/// # let _ = app;
/// # Ok::<(), palisade::StackErrors>(())
/// ```
#[derive(Clone, Default)]
pub struct StackLimits(Arc<OnceLock<Vec<Listed>>>, Bans);

pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) limit: RateLimit,
    /// The route that declares it, where one does.
    pub(crate) route: Option<Declarer>,
}

/// A route with a limit of its own.
pub(crate) struct Declarer {
    template: String,
    /// Whether strangers may know that there is such a route.
    is_public: bool,
    requirement: Option<Requirement>,
}

impl Declarer {
    pub(crate) fn of(row: &Row) -> Self {
        let policy = row.policy();
        Self {
            template: row.template(),
            is_public: policy.is_public(),
            requirement: policy.requirement().cloned(),
        }
    }

    /// Whether this caller may know of it.
    fn is_open_to(&self, caller: Option<&Principal>) -> bool {
        let may_call = |caller: &Principal| match &self.requirement {
            Some(requirement) => requirement.is_met_by(caller.scopes()),
            None => true,
        };
        self.is_public || caller.is_some_and(may_call)
    }
}

impl StackLimits {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn fill(&self, limits: Vec<Listed>) {
        // Given to two stacks it keeps the first one's; who looks sees what was there first.
        let _ = self.0.set(limits);
    }

    /// A limit by its name: `address`, `principal`, or method and template of a route that has one limit (`GET /health`).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<LimitHandle> {
        self.listed().find(|listed| listed.name == name).map(|listed| listed.limit.handle())
    }

    /// Where whoever sent this request stands with every limit that counts them. Nothing is charged.
    ///
    /// A store is asked once for up to eight quotas, whichever limits they belong to. Requests themselves ask it limit by limit, because who
    /// calls is known only when the address limit has let them pass, and what is refused there must cost the caller nothing.
    ///
    /// Limits of routes that are not public are told to known callers who may call them, and to nobody else.
    ///
    /// # Errors
    ///
    /// 503 where a store cannot tell.
    pub async fn standing(&self, facts: &Facts) -> Result<LimitStatus, Denial> {
        let mut counters = Vec::new();
        for listed in self.listed() {
            let mut subject = Subject::of(facts);
            if let Some(route) = &listed.route {
                if !route.is_open_to(facts.identity().and_then(Identity::principal)) {
                    continue;
                }
                // Counters by route are those of the limit's own, not of the one that is asked now.
                subject = subject.with_route(&route.template);
            }
            // What counts by something that this request does not have, such as a header, has nothing to say of it.
            counters.extend(listed.limit.handle().of(&subject).ok().flatten());
        }
        LimitStatus::of_counters(counters).await
    }

    /// A handler that answers with [`standing`](Self::standing) as JSON; give its route a limit of its own.
    pub fn status(
        &self,
    ) -> impl Fn(Facts) -> std::pin::Pin<Box<dyn Future<Output = Result<LimitStatus, Denial>> + Send>>
    + Clone
    + Send
    + Sync
    + 'static {
        let this = self.clone();
        move |facts| {
            let this = this.clone();
            Box::pin(async move { this.standing(&facts).await })
        }
    }

    /// Refuses everything of this address by the address limit for so long; `false` where there is no such limit, it spares the
    /// address, or 64 bans wait for the store already.
    ///
    /// With a store that answers later, as those do that many nodes share, the ban is under way when this returns, and holds on
    /// all nodes as soon as the store has it; one that fails is asked three times, a second apart, and then a warning tells
    /// that the address is not banned. Until then the limit counts the address as any other.
    ///
    /// ```
    /// use palisade::{Sign, StackLimits, Tracing};
    /// use palisade::observe::{Suspicions, Threshold};
    /// use std::time::Duration;
    ///
    /// let limits = StackLimits::new();
    /// let bans = limits.clone();
    /// let suspicions = Suspicions::new(Tracing)?
    ///     .threshold(Sign::Junk, Threshold::new(20, Duration::from_secs(60)).ban(Duration::from_secs(900)))
    ///     .banning(move |ip, time| { bans.ban(ip, time); });
    /// # let _ = suspicions;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[allow(clippy::must_use_candidate, reason = "who bans has done so")]
    pub fn ban(&self, ip: IpAddr, time: Duration) -> bool {
        let Some(handle) = self.get(ADDRESS) else { return false };
        let Ok(Some(counter)) = handle.of(&Subject::client(ip)) else { return false };
        self.1.ask(ip, move || counter.block_for(time))
    }

    fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.0.get().into_iter().flatten()
    }
}

impl fmt::Debug for StackLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.listed().map(|listed| &listed.name)).finish()
    }
}
