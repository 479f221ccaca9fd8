//! Counters in the hands of handlers and operators.

use crate::{
    outcome::Outcome,
    policies::Policies,
    rate_limit::{Inner, RateLimit},
    status::LimitStatus,
    store::Op,
    store_error::StoreError,
};
use palisade_core::{Clock, Denial, Key, Moment, Reply, Subject, Timestamp, UnixTime};
use std::{fmt, sync::Arc, time::Duration};

/// Access to the counters of a limit, for a handler that knows more than a head tells, and for an operator; cheap to clone.
///
/// ```
/// use palisade_core::{By, Subject};
/// use palisade_limit::RateLimit;
/// use std::time::Duration;
///
/// # futures(async {
/// let limit = RateLimit::new("address", "10/minute", By::client())?;
/// let handle = limit.handle();
/// let guesser = handle.of(&Subject::client("192.0.2.7".parse()?))?.ok_or("is exempt")?;
/// guesser.penalize(4).await?;
/// guesser.block_for(Duration::from_secs(900)).await?;
/// let standing = guesser.peek().await?;
/// assert!(standing.iter().all(|one| one.is_blocked()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # });
/// # fn futures(f: impl Future<Output = Result<(), Box<dyn std::error::Error>>>) {
/// #     let mut f = std::pin::pin!(f);
/// #     let answer = f.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
/// #     assert!(matches!(answer, std::task::Poll::Ready(Ok(()))));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct LimitHandle(RateLimit);

impl RateLimit {
    /// Access to the counters of this limit.
    #[must_use]
    pub fn handle(&self) -> LimitHandle {
        LimitHandle(self.clone())
    }
}

impl LimitHandle {
    /// The counters of somebody, named or taken from a request ([`Subject::of`]); `None` where they are exempt.
    ///
    /// # Errors
    ///
    /// 503 where the subject does not name what the limit counts by, as for a request.
    pub fn of(&self, subject: &Subject) -> Result<Option<Counter>, Denial> {
        let limit = &self.0.0;
        let mut policies = None;
        if let Some(options) = &limit.options {
            let exempt = options.exempt.as_ref();
            if exempt.is_some_and(|exempt| exempt.covers(subject.ip(), subject.caller(), None)) {
                return Ok(None);
            }
            policies = Some(options.policies(subject.caller()));
        }
        let key = limit.by.key_of(subject, &limit.hasher)?;
        Ok(key.map(|key| Counter {
            policies: policies.unwrap_or_else(|| Arc::new(limit.policies.clone())),
            clock: subject.clock().unwrap_or(&limit.clock).clone(),
            limit: limit.clone(),
            key,
        }))
    }
}

/// The counters of one subject under one limit.
///
/// Every method is one step of the store, for all quotas of the limit together; its error says that nothing is known to have changed.
#[derive(Clone)]
pub struct Counter {
    pub(crate) limit: Arc<Inner>,
    pub(crate) policies: Arc<Policies>,
    pub(crate) key: Key,
    pub(crate) clock: Clock,
}

impl Counter {
    /// Takes so much away from each quota, into a debt of at most one capacity.
    pub fn penalize(&self, cost: u32) -> Reply<Result<(), StoreError>> {
        self.adjust(Op::Penalize, cost)
    }

    /// Gives so much back to each quota, at most to where it is full.
    pub fn reward(&self, amount: u32) -> Reply<Result<(), StoreError>> {
        self.adjust(Op::Reward, amount)
    }

    /// Refuses everything for so long, whatever the counters say; a longer block that is in force stays.
    pub fn block_for(&self, time: Duration) -> Reply<Result<(), StoreError>> {
        let now = self.clock.now();
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.block(now.mono.plus_nanos(nanos), now)
    }

    /// Refuses everything until then; a longer block that is in force stays.
    pub fn block_until(&self, until: UnixTime) -> Reply<Result<(), StoreError>> {
        let now = self.clock.now();
        let nanos = until.as_nanos().saturating_sub(now.wall.as_nanos());
        self.block(now.mono.plus_nanos(nanos), now)
    }

    /// Forgets what was counted, and any block.
    pub fn clear(&self) -> Reply<Result<(), StoreError>> {
        self.apply(Op::Clear, self.clock.now()).map(|done| done.map(drop))
    }

    /// Where the subject stands; nothing is charged.
    pub fn peek(&self) -> Reply<Result<LimitStatus, StoreError>> {
        let (now, policies) = (self.clock.now(), self.policies.clone());
        self.apply(Op::Peek, now).map(move |outcome| {
            let outcome = outcome?;
            let mut status = LimitStatus::default();
            for (policy, decision) in policies.list().iter().zip(outcome.decisions()) {
                status.push(policy, *decision, now);
            }
            Ok(status)
        })
    }

    fn apply(&self, op: Op, now: Moment) -> Reply<Result<Outcome, StoreError>> {
        self.policies.apply(&*self.limit.store, op, self.key, 0, now)
    }

    fn adjust(&self, op: Op, by: u32) -> Reply<Result<(), StoreError>> {
        let done = self.policies.apply(&*self.limit.store, op, self.key, by, self.clock.now());
        done.map(|done| done.map(drop))
    }

    fn block(&self, until: Timestamp, now: Moment) -> Reply<Result<(), StoreError>> {
        self.apply(Op::Block { until }, now).map(|done| done.map(drop))
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").field("policies", &self.policies.list()).finish_non_exhaustive()
    }
}
