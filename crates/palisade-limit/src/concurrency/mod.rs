//! How many requests one key may have in flight.

mod alarm;
mod slot;
mod table;
#[cfg(test)]
mod tests;

use crate::{
    bounds::{check_capacity, check_in_flight},
    error::{LimitError, LimitErrorKind},
    headers::{Headers, place, policy_line},
    name::check_name,
    roll::{Roll, UNREAD, check_unread},
};
use alarm::Alarm;
use http::{HeaderValue, request, response};
use palisade_core::{
    By, Decision, Denial, DenialKind, EventSink, Facts, Guard, Key, KeyHasher, Pass, Policy, Reply,
};
use serde_json::json;
use slot::Slot;
use std::{fmt, sync::Arc, time::Duration};
use table::{Entered, Table};

/// A guard that lets each key have so many requests in flight, and refuses more; clones count together.
///
/// A refusal is 429 with `Retry-After`, 1 second unless [`retry_after`](Self::retry_after) says otherwise: when another request
/// will end nobody knows. A request is in flight until its response **body** is over: it ended or failed, the client is gone,
/// the handler panicked, a later guard refused. That needs an [`EnvelopeLayer`](palisade_core::EnvelopeLayer) outside, as every
/// stack has one; without, it ends with the head of the response. What goes on after that, such as a WebSocket, takes an
/// [`InFlight`](palisade_core::InFlight) along.
///
/// A response that nobody reads would keep its place for ever. Where a request is about to be refused, responses whose next frame nobody
/// has asked for in 30 seconds ([`unread`](Self::unread)) lose theirs, and end in an error when they are asked again. Those that
/// wait for their handler never do.
///
/// A request counts once, even where routers inside one another apply the limit twice. Requests that only would have been refused
/// (report only) run without being counted. It shares headers with rate limits: the outermost of them writes those of all.
///
/// Counts exist only while there are requests, at most so many as the [capacity](Self::capacity). Beyond that, requests of further
/// keys are refused with 503, and [`Event::ConcurrencyFull`](palisade_core::Event::ConcurrencyFull) is told at most once a
/// minute: they cannot be counted, and to count them together would refuse one caller for what others do.
///
/// ```
/// use palisade_core::{Authenticate, By, Guard, StaticToken, StaticTokens, gate};
/// use palisade_limit::Concurrency;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y")])?;
/// let streams = Concurrency::new("streams", 4, By::principal())?;
/// let layer = gate(Authenticate::with(tokens).then(streams.clone()));
/// assert_eq!(streams.in_flight(), 0);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Concurrency(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    policy: Policy,
    line: Option<HeaderValue>,
    limit: u32,
    by: By,
    hasher: KeyHasher,
    headers: Headers,
    retry_after: u32,
    table: Arc<Table>,
    roll: Arc<Roll<Slot>>,
    unread: Duration,
    alarm: Alarm,
}

/// Keys that can have requests in flight at once unless told otherwise.
const DEFAULT_CAPACITY: usize = 100_000;

impl Concurrency {
    /// A limit with a name that clients see, how many requests each key may have in flight (1 to 1,000,000), and what it
    /// counts by.
    ///
    /// # Errors
    ///
    /// A name that cannot stand in a header, a number out of range, or an operating system without randomness.
    pub fn new(name: &str, limit: u32, by: By) -> Result<Self, LimitError> {
        check_name(name)?;
        check_in_flight(limit)?;
        let hasher = KeyHasher::random(name)
            .map_err(|error| LimitError::because(LimitErrorKind::Randomness, error))?;
        let policy = Policy::timeless(name, &format!("\"{name}\";q={limit};qu=\"concurrent-requests\""));
        let line = policy_line([&policy].into_iter());
        Ok(Self(Arc::new(Inner {
            policy,
            line,
            limit,
            by,
            hasher,
            headers: Headers::default(),
            retry_after: 1,
            table: Arc::new(Table::new(DEFAULT_CAPACITY)),
            roll: Arc::new(Roll::new()),
            unread: UNREAD,
            alarm: Alarm::default(),
        })))
    }

    /// Tells refused clients to come back after so many seconds, at least 1.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.edit().retry_after = seconds.max(1);
        self
    }

    /// Tells clients with these headers.
    #[must_use]
    pub fn headers(mut self, headers: Headers) -> Self {
        self.edit().headers = headers;
        self
    }

    /// Has room for so many keys that have requests in flight at once, 1 to 20,000,000; 100,000 otherwise. 24 to 48 bytes a key,
    /// taken as they come. More than 4,096 are kept in 16 parts, each with a sixteenth of the room. What was counted before starts anew.
    ///
    /// # Errors
    ///
    /// When `keys` is not in that range.
    pub fn capacity(mut self, keys: usize) -> Result<Self, LimitError> {
        check_capacity(keys)?;
        self.edit().table = Arc::new(Table::new(keys));
        Ok(self)
    }

    /// How long a response may wait for its reader to ask for more, a second to an hour; 30 seconds unless told otherwise. It counts from
    /// when a request was first refused meanwhile, and what comes after takes its place.
    ///
    /// # Errors
    ///
    /// When `time` is not in that range.
    pub fn unread(mut self, time: Duration) -> Result<Self, LimitError> {
        check_unread(time)?;
        self.edit().unread = time;
        Ok(self)
    }

    /// Tells events to `sink` instead of `tracing`.
    #[must_use]
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.edit().alarm = Alarm::new(sink);
        self
    }

    /// Requests in flight now, of all keys.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.0.table.in_flight()
    }

    /// Keys that have requests in flight now.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.0.table.keys()
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl Guard for Concurrency {
    type Pass = ConcurrencyPass;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<ConcurrencyPass, Denial>> {
        Reply::now(self.admit(head, facts))
    }
}

impl Concurrency {
    fn admit(&self, head: &request::Parts, facts: &Facts) -> Result<ConcurrencyPass, Denial> {
        let inner = &self.0;
        // Limits outside of this one that refused and were overruled (report only) have no pass to write headers with.
        let mut outermost = true;
        for (policy, decision) in facts.decisions() {
            if inner.policy.is(policy) {
                return Ok(ConcurrencyPass(None));
            }
            outermost &= !decision.admitted;
        }
        let Some(key) = inner.by.key(head, facts, &inner.hasher)? else { return Ok(ConcurrencyPass(None)) };
        let slot = Slot::take(&inner.table, key, inner.limit);
        match slot.or_else(|refused| inner.take_back(key, facts).unwrap_or(Err(refused))) {
            Ok((slot, count)) => {
                facts.note_decision(&inner.policy, inner.decision(Some(count), facts));
                let slot = Arc::new(slot);
                inner.roll.enlist(&slot);
                facts.hold_permit(slot);
                Ok(ConcurrencyPass(outermost.then(|| inner.clone())))
            }
            Err(Entered::Full) => {
                inner.alarm.ring(inner.table.capacity(), facts.now());
                Err(full())
            }
            Err(Entered::Busy | Entered::In(_)) => Err(inner.busy(outermost, facts)),
        }
    }
}

impl Inner {
    /// A slot, where there were some of responses that nobody reads.
    #[cold]
    fn take_back(&self, key: Key, facts: &Facts) -> Option<Result<(Slot, u32), Entered>> {
        let found = self.roll.sweep(facts.now().mono, self.unread);
        found.then(|| Slot::take(&self.table, key, self.limit))
    }

    /// What this limit says to a request that is the `count`th of its key, or to one that is too many.
    fn decision(&self, count: Option<u32>, facts: &Facts) -> Decision {
        let now = facts.now().mono;
        let wait = u64::from(self.retry_after) * 1_000_000_000;
        Decision {
            admitted: count.is_some(),
            limit: self.limit,
            remaining: count.map_or(0, |count| self.limit.saturating_sub(count)),
            reset: now,
            next: now,
            retry: Some(if count.is_some() { now } else { now.plus_nanos(wait) }),
        }
    }

    #[cold]
    fn busy(&self, outermost: bool, facts: &Facts) -> Denial {
        let decision = self.decision(None, facts);
        facts.note_decision(&self.policy, decision);
        let mut denial = Denial::new(DenialKind::RateLimited)
            .because("too_many_in_flight")
            .retry_after(self.retry_after.into())
            .with_details(json!({
                "kind": "concurrent_requests",
                "policy": self.policy.name(),
                "limit": self.limit,
                "remaining": 0,
                "retry_after": self.retry_after,
            }));
        if outermost {
            let mut lines = Vec::with_capacity(self.headers.lines());
            let decisions = [(&self.policy, &decision)].into_iter();
            self.headers.write(decisions, (self.line.as_ref(), 1), None, facts.now(), |name, value| {
                lines.extend(value.map(|value| (name, value)));
            });
            for (name, value) in lines {
                denial = denial.with_header(name, value);
            }
        }
        denial
    }
}

#[cold]
fn full() -> Denial {
    Denial::new(DenialKind::Unavailable)
        .because("concurrency_limit_full")
        .with_details(json!({ "kind": "limiter_unavailable" }))
}

/// What a request that was admitted carries: the limit that writes the headers of its response, where it is the outermost.
///
/// The slot is not in it but in the facts, for as long as the body lasts.
pub struct ConcurrencyPass(Option<Arc<Inner>>);

impl Pass for ConcurrencyPass {
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        let Some(inner) = self.0 else { return };
        // What a report-only limit would have refused is not what this client must heed; what refused it is.
        let refused = facts.denial().is_some();
        let decisions = facts.decisions().filter(move |(_, decision)| decision.admitted || refused);
        let headers = &mut head.headers;
        // A response with so many headers that these do not fit goes out without them.
        if headers.try_reserve(inner.headers.lines()).is_ok() {
            inner.headers.write(decisions, (inner.line.as_ref(), 1), None, facts.now(), |name, value| {
                place(headers, name, value);
            });
        }
    }
}

impl fmt::Debug for ConcurrencyPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConcurrencyPass")
    }
}

impl fmt::Debug for Concurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Concurrency")
            .field("policy", &self.0.policy)
            .field("by", &self.0.by)
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
