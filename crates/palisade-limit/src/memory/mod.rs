//! Counters in the memory of this process.

mod adjust;
mod logs;
mod overflow;
mod pool;
mod shard;
mod slot;
mod slots;
mod table;
mod tables;
mod take;
#[cfg(test)]
mod tests;
mod width;
mod words;

use crate::{
    algorithm::Adjustment,
    error::{LimitError, LimitErrorKind},
    outcome::{Outcome, Receipt},
    quota::{MAX_QUOTAS, Quota},
    store::{Charge, Op, RateStore},
    store_error::{StoreError, StoreErrorKind},
    sync::{AtomicU64, Ordering::Relaxed},
};
use palisade_core::{Decision, Event, EventSink, Moment, Reply, Timestamp, Tracing};
use slots::Place;
use std::{fmt, sync::Arc};
use tables::Tables;
use take::{One, outcome_of_one, take_one, take_several};

/// Counters in the memory of this process: bounded, exact, and without a background task.
///
/// It has room for a fixed number of keys for each kind of quota, 24 bytes a key for buckets, 36 for windows and sliding counters,
/// and 48 for sliding logs with 16 more for each moment at which they were charged, which the
/// operating system hands out as they are first used. A cell whose time has passed means the same as none, so any new key may
/// take its place; a cell that matters is never given up. When more keys than that matter at once, the new ones share one
/// cell for each quota, [`Event::LimiterFull`] is told at most once a minute, and the other keys notice nothing.
///
/// Sliding logs have room for eight entries a key (at least 16,384), shared between all keys of a shard. When those are used up, new
/// keys share one log for each quota, and a key with a log of its own has its next charges merged with its newest entry: they count
/// for longer than they should, never shorter.
///
/// A key is told from others by 63 bits of its keyed hash and by its shard and buckets, which come from the other 64: with 10⁷
/// keys that matter, the chance that any two of them are taken for one another is below one in ten million.
///
/// ```
/// use palisade_core::{Clock, Key};
/// use palisade_limit::{Charge, MemoryStore, Op, RateStore, quota};
///
/// # futures(async {
/// let (store, now, quota) = (MemoryStore::new(), Clock::system().now(), quota!("1/minute"));
/// let charge = Charge { key: Key::from_bytes([7; 16]), quota: &quota, cost: 1 };
/// assert!(store.apply(Op::Take, &[charge], now).await.unwrap().admitted());
/// assert!(!store.apply(Op::Take, &[charge], now).await.unwrap().admitted());
/// # });
/// # fn futures(f: impl Future<Output = ()>) {
/// #     let mut f = std::pin::pin!(f);
/// #     assert!(f.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready());
/// # }
/// ```
pub struct MemoryStore {
    tables: Tables,
    events: Arc<dyn EventSink>,
    told: AtomicU64,
}

/// Keys that a store has room for unless told otherwise.
const DEFAULT_CAPACITY: usize = 200_000;
const MAX_CAPACITY: usize = 20_000_000;
const MINUTE: u64 = 60_000_000_000;

impl MemoryStore {
    /// A store with room for 200,000 keys.
    #[must_use]
    pub fn new() -> Self {
        Self::of(DEFAULT_CAPACITY)
    }

    /// A store with room for `keys` keys, 1 to 20,000,000.
    ///
    /// # Errors
    ///
    /// When `keys` is not in that range.
    pub fn with_capacity(keys: usize) -> Result<Self, LimitError> {
        if (1..=MAX_CAPACITY).contains(&keys) {
            Ok(Self::of(keys))
        } else {
            Err(LimitErrorKind::Capacity.into())
        }
    }

    /// Takes all memory for counters of this kind of quota now, instead of page by page as keys come.
    ///
    /// No decision then waits until the operating system finds a page, and where it has huge pages (Linux, unless
    /// `/sys/kernel/mm/transparent_hugepage/enabled` says `never`) decisions about many keys are faster. The price is that all of
    /// it is in use from the start: 24 bytes for each key of the capacity, 36 for windows, 48 for sliding logs. Quotas that are counted
    /// alike share it: token buckets, windows and sliding counters, sliding logs.
    ///
    /// ```
    /// use palisade_limit::{LimitError, MemoryStore, quota};
    ///
    /// let store = MemoryStore::with_capacity(1_000_000)?.preallocate(&quota!("100/minute"));
    /// # Ok::<(), LimitError>(())
    /// ```
    #[must_use]
    pub fn preallocate(self, quota: &Quota) -> Self {
        self.tables.preallocate(quota);
        self
    }

    /// Tells events to `sink` instead of `tracing`.
    #[must_use]
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.events = Arc::new(sink);
        self
    }

    fn of(capacity: usize) -> Self {
        Self { tables: Tables::new(capacity), events: Arc::new(Tracing), told: AtomicU64::new(0) }
    }

    #[inline(always)]
    fn take_one<R>(
        &self,
        charge: &Charge<'_>,
        now: impl Fn() -> Moment,
        commit: bool,
        answer: impl Fn(One) -> R,
    ) -> Option<R> {
        take_one(&self.tables, charge, now, commit, |one, now| {
            if one.is_shared {
                self.tell_full(now);
            }
            answer(one)
        })
    }

    #[inline]
    fn take(&self, charges: &[Charge<'_>], now: Moment, commit: bool) -> Outcome {
        let (outcome, full) = take_several(&self.tables, charges, now, commit);
        if full {
            self.tell_full(now);
        }
        outcome
    }

    fn settle(&self, receipt: &Receipt, charges: &[Charge<'_>], now: Moment) -> Result<Outcome, StoreError> {
        if receipt.charged().len() != charges.len() {
            return Err(StoreErrorKind::InvalidCall.into());
        }
        for (charge, charged) in charges.iter().zip(receipt.charged()) {
            let (id, address) = self.tables.address(charge);
            let mut shard = self.tables.lock(id);
            if id.is_log() {
                if let Place::Held(at) = shard.find(&address.spot, now.mono, &[]) {
                    shard.correct(at, charge.quota, now.mono, *charged, charge.cost);
                }
                continue;
            }
            // No slot is held for a bucket that is full again, a window that is over, or a key that shared a cell: nothing can come
            // back to those, and a debt begins a cell of its own.
            let Some((_, slot)) = shard.enter(&address.spot, now.mono, &[]) else { continue };
            if let Some(cell) = charge.quota.settle(slot.load(now.mono), now, *charged, charge.cost) {
                slot.store(cell);
            }
        }
        Ok(Outcome::new())
    }

    fn block(&self, until: Timestamp, charges: &[Charge<'_>], now: Moment) -> Result<Outcome, StoreError> {
        // Sharing a block would shut out strangers; forgetting it would let somebody in.
        let room =
            charges.iter().map(|charge| self.tables.block(charge, until, now)).fold(true, |a, b| a & b);
        if room { Ok(Outcome::new()) } else { Err(StoreErrorKind::Full.into()) }
    }

    fn adjust(
        &self,
        charges: &[Charge<'_>],
        now: Moment,
        of: impl Fn(u32) -> Adjustment,
    ) -> Result<Outcome, StoreError> {
        let room = adjust::adjust(&self.tables, charges, now, of);
        if room { Ok(Outcome::new()) } else { Err(StoreErrorKind::Full.into()) }
    }

    fn clear(&self, charges: &[Charge<'_>], now: Moment) -> Outcome {
        for charge in charges {
            self.tables.clear(charge, now);
        }
        Outcome::new()
    }

    /// Tells that there is no room, at most once a minute.
    #[cold]
    fn tell_full(&self, now: Moment) {
        let (now, told) = (now.mono.as_nanos().max(1), self.told.load(Relaxed));
        let due = told == 0 || now.saturating_sub(told) >= MINUTE;
        if due && self.told.compare_exchange(told, now, Relaxed, Relaxed).is_ok() {
            self.events.emit(&Event::LimiterFull { capacity: self.tables.capacity() });
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl RateStore for MemoryStore {
    #[inline]
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        if let (Op::Take | Op::Peek, [charge]) = (&op, charges)
            && let commit = matches!(op, Op::Take)
            && let Some(outcome) =
                self.take_one(charge, || now, commit, |one| outcome_of_one(charge, one, commit))
        {
            return Reply::now(Ok(outcome));
        }
        if !are_different(charges) {
            return Reply::now(Err(StoreErrorKind::InvalidCall.into()));
        }
        Reply::now(match op {
            Op::Take => Ok(self.take(charges, now, true)),
            Op::Peek => Ok(self.take(charges, now, false)),
            Op::Settle(receipt) => self.settle(&receipt, charges, now),
            Op::Block { until } => self.block(until, charges, now),
            Op::Penalize => self.adjust(charges, now, Adjustment::Take),
            Op::Reward => self.adjust(charges, now, Adjustment::Give),
            Op::Clear => Ok(self.clear(charges, now)),
        })
    }

    #[inline]
    fn take_at_once(&self, charge: &Charge<'_>, now: &dyn Fn() -> Moment) -> Option<Decision> {
        self.take_one(charge, now, true, |one| one.decision)
    }
}

/// Whether no counter stands there twice, and there are not too many.
#[inline]
fn are_different(charges: &[Charge<'_>]) -> bool {
    let same = |a: &Charge<'_>, b: &Charge<'_>| a.key == b.key && a.quota.identity() == b.quota.identity();
    charges.len() <= MAX_QUOTAS
        && charges
            .iter()
            .enumerate()
            .all(|(at, charge)| !charges[..at].iter().any(|other| same(charge, other)))
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("capacity", &self.tables.capacity()).finish_non_exhaustive()
    }
}
