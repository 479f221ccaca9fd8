//! The guard.

mod policies;
mod refusal;
#[cfg(test)]
mod tests;
mod throttle;

use crate::{
    error::{LimitError, LimitErrorKind},
    headers::Headers,
    memory::MemoryStore,
    outcome::Outcome,
    quota::{MAX_QUOTAS, Quotas},
    store::{Charge, Op, RateStore},
    store_error::{StoreError, StoreErrorKind},
};
use http::{request, response};
use palisade_core::{
    By, Clock, Decision, Denial, DenialKind, Facts, Guard, Key, KeyHasher, Moment, Pass, Reply,
};
use policies::Policies;
use refusal::{refusal, unavailable};
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
pub struct RateLimit(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    policies: Policies,
    by: By,
    hasher: KeyHasher,
    store: Arc<dyn RateStore>,
    cost: Cost,
    headers: Headers,
    clock: Clock,
    never_open: bool,
}

#[derive(Clone)]
enum Cost {
    Fixed(u32),
    Of(Arc<dyn Fn(&request::Parts) -> u32 + Send + Sync>),
}

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
            clock: Clock::system(),
            never_open: false,
        })))
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
        if cost > self.0.policies.max_cost() {
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

    /// Reads time from `clock` where it is used as a [`Throttle`](palisade_core::Throttle); as a guard it takes the request's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.edit().clock = clock;
        self
    }

    /// Refuses with 503 where the store could not count, also if [`Fallback::dangerous_open`](crate::Fallback::dangerous_open)
    /// would let pass; for logins and management. As a [`Throttle`](palisade_core::Throttle) a limit is never open anyway.
    #[must_use]
    pub fn never_open(mut self) -> Self {
        self.edit().never_open = true;
        self
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Inner {
    /// Does `op` to the counters of this key, one for each quota.
    #[inline]
    fn apply(&self, op: Op, key: Key, cost: u32, now: Moment) -> Reply<Result<Outcome, StoreError>> {
        match self.policies.quotas() {
            [quota] => self.store.apply(op, &[Charge { key, quota, cost }], now),
            quotas => {
                let Some(last) = quotas.last() else { return Reply::now(Ok(Outcome::new())) };
                let charges: [_; MAX_QUOTAS] = std::array::from_fn(|at| {
                    let quota = quotas.get(at).unwrap_or(last);
                    Charge { key, quota, cost }
                });
                self.store.apply(op, &charges[..quotas.len().min(MAX_QUOTAS)], now)
            }
        }
    }

    #[inline]
    fn cost_for(&self, head: &request::Parts) -> u32 {
        match &self.cost {
            Cost::Fixed(cost) => *cost,
            Cost::Of(cost) => cost(head),
        }
    }
}

impl Inner {
    /// An answer without decisions lets nobody pass, unless somebody said that it may.
    #[cold]
    fn undecided(&self, outcome: &Outcome) -> Result<RateLimitPass, Denial> {
        if outcome.is_unchecked() && !self.never_open {
            return Ok(RateLimitPass(None));
        }
        Err(unavailable(StoreErrorKind::Unavailable.into()))
    }
}

impl Guard for RateLimit {
    type Pass = RateLimitPass;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<RateLimitPass, Denial>> {
        let inner = &self.0;
        // Limits outside of this one that refused and were overruled (report only) have no pass to write headers with.
        let mut outermost = true;
        for (policy, decision) in facts.decisions() {
            if inner.policies.is_mine(policy) {
                return Reply::now(Ok(RateLimitPass(None)));
            }
            outermost &= !decision.admitted;
        }
        let key = match inner.by.key(head, facts, &inner.hasher) {
            Ok(Some(key)) => key,
            Ok(None) => return Reply::now(Ok(RateLimitPass(None))),
            Err(denial) => return Reply::now(Err(denial)),
        };
        let answer = inner.apply(Op::Take, key, inner.cost_for(head), facts.now());
        match answer.try_now() {
            Ok(answer) => Reply::now(self.conclude(answer, outermost, facts)),
            Err(later) => {
                let (this, facts) = (self.clone(), facts.clone());
                Reply::later(async move { this.conclude(later.await, outermost, &facts) })
            }
        }
    }
}

impl RateLimit {
    #[inline]
    fn conclude(
        &self,
        answer: Result<Outcome, StoreError>,
        outermost: bool,
        facts: &Facts,
    ) -> Result<RateLimitPass, Denial> {
        let inner = &self.0;
        let outcome = answer.map_err(unavailable)?;
        if outcome.decisions().len() != inner.policies.list().len() {
            return inner.undecided(&outcome);
        }
        let admitted = outcome.admitted();
        for (policy, decision) in inner.policies.list().iter().zip(outcome.decisions()) {
            facts.note_decision(policy, Decision { admitted, ..*decision });
        }
        if admitted {
            return Ok(RateLimitPass(outermost.then(|| inner.clone())));
        }
        Err(self.refused(&outcome, outermost, facts))
    }

    #[cold]
    fn refused(&self, outcome: &Outcome, outermost: bool, facts: &Facts) -> Denial {
        let inner = &self.0;
        let now = facts.now();
        let Some(mut denial) = refusal(&inner.policies, outcome.decisions(), now) else {
            return Denial::new(DenialKind::Internal);
        };
        if outermost {
            let mut lines = Vec::with_capacity(inner.headers.lines());
            let decisions = inner.policies.list().iter().zip(outcome.decisions());
            inner
                .headers
                .write(decisions, inner.policies.line(), now, |name, value| lines.push((name, value)));
            for (name, value) in lines {
                denial = denial.with_header(name.clone(), value);
            }
        }
        denial
    }
}

/// What a request that was admitted carries: the limit that writes the headers of its response, where it is the outermost.
pub struct RateLimitPass(Option<Arc<Inner>>);

impl Pass for RateLimitPass {
    #[inline]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        let Some(inner) = self.0 else { return };
        if inner.headers == Headers::None {
            return;
        }
        // What a report-only limit would have refused is not what this client must heed; what refused it is.
        let refused = facts.denial().is_some();
        let decisions = facts.decisions().filter(move |(_, decision)| decision.admitted || refused);
        let headers = &mut head.headers;
        // A response with so many headers that these do not fit goes out without them.
        if headers.try_reserve(inner.headers.lines()).is_ok() {
            inner.headers.write(decisions, inner.policies.line(), facts.now(), |name, value| {
                let _ = headers.try_insert(name, value);
            });
        }
    }
}

impl fmt::Debug for RateLimitPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimitPass")
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
