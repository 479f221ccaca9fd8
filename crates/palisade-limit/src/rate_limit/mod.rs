//! The guard.

mod check;
mod inner;
mod options;
mod pass;
#[cfg(test)]
mod tests;
mod throttle;

use crate::{
    error::{LimitError, LimitErrorKind},
    exempt::Exempt,
    headers::Headers,
    memory::MemoryStore,
    plan::Plans,
    policies::Policies,
    quota::Quotas,
    settlement::Settler,
    store::RateStore,
};
use http::{StatusCode, request};
use inner::Cost;
pub(crate) use inner::Inner;
use options::{After, Planned};
use palisade_core::{By, Clock, KeyHasher, Reply};
pub use pass::RateLimitPass;
use std::{fmt, sync::Arc};

/// A guard that counts requests and refuses those beyond its quotas; clones count together.
///
/// A refusal is 429 with `Retry-After`, which is exact: a client that waits so long and is alone under its key passes. Refused
/// requests are not charged. A request is charged once by a limit, even where routers inside one another apply it twice.
/// Limits that see one request share its headers: the outermost writes them, for the tightest of all.
///
/// ```
/// use palisade_core::{By, ClientIp, Guard, gate};
/// use palisade_limit::{Headers, RateLimit};
///
/// # fn main() -> Result<(), palisade_limit::LimitError> {
/// let address = RateLimit::new("address", "5/second burst 10", By::client())?;
/// let daily = RateLimit::new("plan", "100 per hour; 1000 per day", By::principal().or_exempt())?
///     .headers(Headers::XRateLimit);
/// let layer = gate(ClientIp::peer().then(address).then(daily));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RateLimit(pub(crate) Arc<Inner>);

impl RateLimit {
    /// A limit with a name that clients see, quotas that hold together, and what it counts by.
    ///
    /// It counts in a [`MemoryStore`] of its own unless [`store`](Self::store) says otherwise.
    ///
    /// # Errors
    ///
    /// A name that cannot stand in a header, quotas that are none, or an operating system without randomness.
    pub fn new<Q>(name: &str, quotas: Q, by: By) -> Result<Self, LimitError>
    where
        Q: TryInto<Quotas>,
        LimitError: From<Q::Error>,
    {
        let policies = Policies::new(name, &quotas.try_into()?)?;
        let hasher = KeyHasher::random(name)
            .map_err(|error| LimitError::because(LimitErrorKind::Randomness, error))?;
        Ok(Self(Arc::new(Inner {
            policies,
            by,
            hasher,
            store: Arc::new(MemoryStore::new()),
            cost: Cost::Fixed(1),
            headers: Headers::default(),
            lines: Arc::default(),
            clock: Clock::system(),
            never_open: false,
            options: None,
        })))
    }

    /// A limit whose quotas depend on who calls; they can be [replaced](Self::replace) while it is in use.
    ///
    /// A counter belongs to a quota: a caller whose plan has other quotas starts afresh under them.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); and a plan whose name cannot stand in a header.
    pub fn plans(name: &str, plans: Plans, by: By) -> Result<Self, LimitError> {
        let planned = Planned::new(name, &plans)?;
        let mut limit = Self::new(name, plans.into_default(), by)?;
        limit.edit().options().plans = Some(Arc::new(planned));
        Ok(limit)
    }

    /// Puts other plans into force at once, for all clones.
    ///
    /// A quota that stays the same keeps its counters; one that changes starts afresh. Requests under way are not charged twice.
    ///
    /// # Errors
    ///
    /// When it was not made with [`plans`](Self::plans), when a plan's name cannot stand in a header, or when a quota could
    /// never admit the declared cost; the old plans stay in force.
    pub fn replace(&self, plans: &Plans) -> Result<(), LimitError> {
        let planned = self.0.options.as_ref().and_then(|options| options.plans.as_ref());
        let planned = planned.ok_or(LimitErrorKind::NotPlanned)?;
        planned.replace(plans, if let Cost::Fixed(cost) = self.0.cost { cost } else { 0 })
    }

    /// Counts in this store. Limits can share one: their keys differ by name and seed.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn RateStore>) -> Self {
        self.edit().store = store;
        self
    }

    /// Hashes keys with a seed that others share, so that several processes count together in one store.
    #[must_use]
    pub fn keyed_by(mut self, hasher: KeyHasher) -> Self {
        self.edit().hasher = hasher;
        self
    }

    /// Tells clients with these headers.
    #[must_use]
    pub fn headers(mut self, headers: Headers) -> Self {
        self.edit().headers = headers;
        self
    }

    /// Charges so much for a request instead of 1; 0 only looks.
    ///
    /// # Errors
    ///
    /// When a quota could never admit it.
    pub fn cost(mut self, cost: u32) -> Result<Self, LimitError> {
        if cost > self.0.max_cost() {
            return Err(LimitErrorKind::Cost.into());
        }
        self.edit().cost = Cost::Fixed(cost);
        Ok(self)
    }

    /// Charges what `cost` finds in a request's head; a request that costs more than a quota can ever admit is refused with
    /// 400 and `details.max_cost`.
    #[must_use]
    pub fn cost_of(mut self, cost: impl Fn(&request::Parts) -> u32 + Send + Sync + 'static) -> Self {
        self.edit().cost = Cost::Of(Arc::new(cost));
        self
    }

    /// Does not count these; see [`Exempt`].
    #[must_use]
    pub fn exempt(mut self, exempt: Exempt) -> Self {
        self.edit().options().exempt = Some(exempt);
        self
    }

    /// Refuses only `percent` of what it counts by, and reports what it would have refused of the rest.
    ///
    /// Who is among them is decided by the hash of the key, so the same clients stay in, and more join as the percentage
    /// grows; 100 and above is everybody, which is the default. Hashes are drawn anew in each process: give all nodes one seed
    /// ([`keyed_by`](Self::keyed_by)) for the same clients everywhere and after a restart.
    #[must_use]
    pub fn enforced_for(mut self, percent: u8) -> Self {
        self.edit().options().enforced = percent.min(100);
        self
    }

    /// Gives the charge back where the response has a status for which `refunds` says so; once, and into the window or bucket
    /// that it came from. Replaces [`reserving`](Self::reserving).
    ///
    /// Charging when the request comes and giving back when it is answered bounds guesses that run at the same time: no more
    /// than the quota are ever under way. A request that is cancelled, or whose service fails, stays charged. The headers of a
    /// response that is refunded still tell the charge.
    #[must_use]
    pub fn refund_on(mut self, refunds: impl Fn(StatusCode) -> bool + Send + Sync + 'static) -> Self {
        self.edit().options().after = After::Refund(Arc::new(refunds));
        self
    }

    /// Counts failures only: responses with a status below 400 are given back. See [`refund_on`](Self::refund_on).
    #[must_use]
    pub fn only_failures(self) -> Self {
        self.refund_on(|status| status.as_u16() < 400)
    }

    /// Charges the cost as an estimate, at least 1, and lets the handler settle for what was really used, by the
    /// [`Reservation`](crate::Reservation). Replaces [`refund_on`](Self::refund_on).
    ///
    /// What is used beyond the estimate is owed: up to `max_debt` for a request, and up to one capacity for a counter. A
    /// correction reaches the window or bucket that the estimate was charged to, and no later one.
    #[must_use]
    pub fn reserving(mut self, max_debt: u32) -> Self {
        self.edit().options().after = After::Reserve { max_debt };
        self
    }

    /// Hands corrections that a store answers later to `spawn`: `|settlement| { tokio::spawn(settlement); }`.
    ///
    /// Without it such a correction is begun and not brought to its end, with one warning: the charge may stand. Stores that answer at once, as
    /// [`MemoryStore`] does, need none.
    #[must_use]
    pub fn settle_with(mut self, spawn: impl Fn(Reply<()>) + Send + Sync + 'static) -> Self {
        self.edit().options().settler = Settler::spawning(spawn);
        self
    }

    /// Reads time from `clock` where it is used as a [`Throttle`](palisade_core::Throttle), or by a
    /// [`LimitHandle`](crate::LimitHandle) for somebody who is not asking; as a guard it takes the request's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.edit().clock = clock;
        self
    }

    /// Refuses with 503 where the store could not count, also if [`Fallback::dangerous_open`](crate::Fallback::dangerous_open)
    /// would let pass; for logins and management. A [`GrowingBlock`](crate::GrowingBlock), and a limit used as a
    /// [`Throttle`](palisade_core::Throttle), never open anyway.
    #[must_use]
    pub fn never_open(mut self) -> Self {
        self.edit().never_open = true;
        self
    }

    /// What it counts by.
    #[must_use]
    pub fn counts_by(&self) -> &By {
        &self.0.by
    }

    /// Whether other nodes count in the same store.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.store.is_shared()
    }

    /// Whether what it does depends on the verified caller: what it counts by, its plans, or whom it spares.
    #[must_use]
    pub fn uses_caller(&self) -> bool {
        let options = self.0.options.as_ref();
        let spares = |exempt: &Exempt| exempt.uses_caller();
        self.0.by.uses_caller()
            || options
                .is_some_and(|options| options.plans.is_some() || options.exempt.as_ref().is_some_and(spares))
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("policies", &self.0.policies.list())
            .field("by", &self.0.by)
            .field("store", &self.0.store)
            .finish_non_exhaustive()
    }
}
