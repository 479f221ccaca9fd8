//! The store.

use crate::{
    call::{Call, Time},
    failure::Failure,
    kept::Kept,
    link::Link,
    rates::Rates,
};
use palisade_core::{Moment, Reply};
use palisade_limit::{Charge, MAX_QUOTAS, Op, Outcome, RateStore, Receipt, StoreError, StoreErrorKind};
use std::{fmt, sync::Arc};

/// Counters in Redis or Valkey, which all nodes share; clones share one connection.
///
/// Every call is one round trip and one step at the server, whose clock is the only one that counts. All keys have an end.
///
/// It connects when it is first used, inside a tokio runtime with I/O and time, and keeps one connection that all calls share. A
/// call has 50 milliseconds; a connection on which a call ran out of time takes no further call and is closed. After five
/// failures within ten seconds, or in a row, the server is left alone: calls fail at once while a background task, which ends with
/// the store, tries to come back. Wrap it in a [`Fallback`](palisade_limit::Fallback) to decide meanwhile.
///
/// ```
/// use palisade_limit::{Fallback, RateLimit};
/// use palisade_redis::RedisStore;
/// use std::sync::Arc;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let redis = RedisStore::builder("redis://:secret@127.0.0.1:6379").build()?;
/// let seed = [7; 16]; // from your secrets, the same on all nodes
/// let limit = RateLimit::new("address", "5/second burst 10", palisade_core::By::client())?
///     .keyed_by(palisade_core::KeyHasher::seeded(&seed, "address"))
///     .store(Arc::new(Fallback::local(redis).nodes(4)?));
/// # let _ = limit;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    kept: Kept<Rates>,
    time: Time,
}

impl RedisStore {
    pub(crate) fn over(link: Link<Rates>, time: Time) -> Self {
        Self(Arc::new(Inner { kept: Kept::new(link), time }))
    }
}

impl Inner {
    fn call(&self, op: &Op, charges: &[Charge<'_>], now: Moment) -> Result<Call, Failure> {
        if !are_different(charges) {
            return Err(Failure::invalid("more than eight charges, or one counter twice"));
        }
        if let Op::Settle(receipt) = op
            && receipt.charged().len() != charges.len()
        {
            return Err(Failure::invalid("a receipt of other charges"));
        }
        let link = &self.kept.link;
        if link.target.is_cluster() && !link.work.keys.share_a_slot(charges) {
            return Err(Failure::invalid(
                "a cluster decides only counters of one key together, unless the store is built with `one_slot`",
            ));
        }
        self.kept.ready()?;
        Call::new(link.number(), op, charges, now, &link.work.keys, self.time)
    }
}

impl RateStore for RedisStore {
    /// # Cancel safety
    ///
    /// Dropping the reply does not stop the call, which may still charge; the shared connection does not notice.
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        if charges.is_empty() {
            return Reply::now(Ok(nothing(&op)));
        }
        let call = match self.0.call(&op, charges, now) {
            Ok(call) => call,
            Err(failure) => return Reply::now(Err(failure.into())),
        };
        let link = Arc::clone(&self.0.kept.link);
        // A task of its own, which ends with its deadline: a client that goes away in the middle of an exchange must not cost all
        // others their connection.
        let exchange = tokio::spawn(async move {
            let answer = link.exchange(&call).await?;
            if answer.corrupt > 0 {
                link.notices.corrupt(answer.corrupt, link.clock.now().mono);
            }
            Ok(answer.outcome)
        });
        Reply::later(async move {
            let result: Result<_, Failure> = exchange
                .await
                .map_err(|error| StoreError::new(StoreErrorKind::Unavailable).with_source(error))?;
            result.map_err(StoreError::from)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// The answer to a call without charges.
fn nothing(op: &Op) -> Outcome {
    if matches!(op, Op::Take) { Outcome::new().with_receipt(Receipt::new()) } else { Outcome::new() }
}

/// Whether no counter stands there twice, and there are not too many.
fn are_different(charges: &[Charge<'_>]) -> bool {
    let same = |a: &Charge<'_>, b: &Charge<'_>| a.key == b.key && a.quota.identity() == b.quota.identity();
    charges.len() <= MAX_QUOTAS
        && charges
            .iter()
            .enumerate()
            .all(|(at, charge)| !charges.iter().take(at).any(|other| same(charge, other)))
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("target", &self.0.kept.link.target).finish_non_exhaustive()
    }
}
