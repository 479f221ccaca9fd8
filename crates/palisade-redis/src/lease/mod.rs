//! Units taken ahead in batches.

mod table;

use crate::error::{BuildError, BuildErrorKind};
use palisade_core::{Clock, Key, Moment, Reply, Timestamp};
use palisade_limit::{Charge, Op, Outcome, Quota, RateStore, Receipt, StoreError, StoreErrorKind};
use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use table::{Batch, Id, Place, Table, batch_of};
use tokio::{runtime::Handle, task::JoinHandle};

/// A store that is asked once for a batch of units, which are then spent without asking; for limits so busy that a round trip
/// for each request is too much.
///
/// What it costs is exactness: a node may spend a batch late, and what it holds nobody else can spend. In any stretch of time at
/// most one batch for each node is admitted beyond the quota, and at most one batch for each node is missing from it. A
/// batch is spent within its time, one second unless said otherwise; what is left is given back then, and what a node holds when it
/// ends is lost. A block reaches nodes that hold a batch when that is spent.
///
/// ```
/// use palisade_redis::{Leased, RedisStore};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), palisade_redis::BuildError> {
/// let redis = RedisStore::builder("redis://127.0.0.1:6379").build()?;
/// let store = Leased::new(redis, 50, Duration::from_secs(1))?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
pub struct Leased<S> {
    inner: Arc<Inner<S>>,
    returning: Mutex<Option<JoinHandle<()>>>,
}

struct Inner<S> {
    store: S,
    batch: u32,
    lasts: Duration,
    table: Mutex<Table>,
    numbers: AtomicU64,
}

/// Keys that a node holds batches of; further keys are asked for one by one.
const KEYS: usize = 10_000;
const BATCHES: std::ops::RangeInclusive<u32> = 1..=10_000;
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(60);

impl<S: RateStore> Leased<S> {
    /// Takes `batch` units at once, 1 to 10,000, or as many as a quota can ever admit where that is fewer, and spends them
    /// within `lasts`, 10 milliseconds to 60 seconds.
    ///
    /// # Errors
    ///
    /// When one of them is out of its bounds.
    pub fn new(store: S, batch: u32, lasts: Duration) -> Result<Self, BuildError> {
        if !BATCHES.contains(&batch) || !(SHORTEST..=LONGEST).contains(&lasts) {
            return Err(BuildErrorKind::Lease.into());
        }
        let (table, numbers) = (Mutex::default(), AtomicU64::new(1));
        let inner = Arc::new(Inner { store, batch, lasts, table, numbers });
        Ok(Self { inner, returning: Mutex::new(None) })
    }

    /// Sees to it that somebody gives back what is left of batches whose time has passed.
    fn keep_returning(&self, now: Moment) {
        let Ok(runtime) = Handle::try_current() else { return };
        let mut returning = self.returning.lock().unwrap_or_else(PoisonError::into_inner);
        if returning.as_ref().is_none_or(JoinHandle::is_finished) {
            *returning = Some(runtime.spawn(give_back(Arc::downgrade(&self.inner), now)));
        }
    }
}

impl<S: RateStore> RateStore for Leased<S> {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        match op {
            Op::Take => {
                let Some(id) = Id::of(charges) else { return self.inner.store.apply(op, charges, now) };
                let next = self.inner.spend(id, charges, now);
                match next {
                    Next::Spent(outcome) => Reply::now(Ok(outcome)),
                    Next::Ask(batch) => self.inner.store.apply(Op::Take, &with_cost(charges, batch), now),
                    Next::Lease(asking, batch) => {
                        self.keep_returning(now);
                        detached(asking.lease(own(charges), batch, now))
                    }
                }
            }
            Op::Settle(receipt) => match batch_of(&receipt) {
                Some(number) => Reply::now(Ok(self.inner.correct(number, &receipt, charges))),
                None => self.inner.store.apply(Op::Settle(receipt), charges, now),
            },
            op => {
                if !matches!(op, Op::Peek) {
                    self.inner.drop_batches_of(charges);
                }
                self.inner.store.apply(op, charges, now)
            }
        }
    }

    fn is_shared(&self) -> bool {
        self.inner.store.is_shared()
    }
}

/// What follows for a request.
enum Next<S> {
    Spent(Outcome),
    /// For this cost, from the store.
    Ask(u32),
    /// For a batch of so many.
    Lease(Asking<S>, u32),
}

impl<S: RateStore> Inner<S> {
    fn spend(self: &Arc<Self>, id: Id, charges: &[Charge<'_>], now: Moment) -> Next<S> {
        let cost = charges.first().map_or(0, |charge| charge.cost);
        let most = charges.iter().map(|charge| charge.quota.capacity()).min().unwrap_or(0);
        let batch = self.batch.min(most);
        if batch <= cost {
            return Next::Ask(cost);
        }
        let mut table = self.lock();
        let is_full = table.len() >= KEYS;
        match table.get_mut(&id) {
            Some(Place::Held(batch)) if batch.until > now.mono => {
                if let Some(outcome) = batch.spend(cost, now.mono) {
                    return Next::Spent(outcome);
                }
                // Not enough for this one; it stays for smaller ones unless it is spent.
                if batch.left > 0 {
                    return Next::Ask(cost);
                }
            }
            // Whoever gives back what is left has not come by yet.
            Some(Place::Held(batch)) if batch.left > 0 => return Next::Ask(cost),
            Some(Place::Asking) => return Next::Ask(cost),
            Some(Place::Scarce(until)) if *until > now.mono => return Next::Ask(cost),
            None if is_full => return Next::Ask(cost),
            _ => {}
        }
        table.insert(id, Place::Asking);
        Next::Lease(Asking { inner: Arc::clone(self), id, cost, becomes: None }, batch)
    }

    /// What was spent from a batch goes back into it, as long as it is held.
    fn correct(&self, number: u64, receipt: &Receipt, charges: &[Charge<'_>]) -> Outcome {
        let (Some(charged), Some(charge)) = (receipt.charged().first(), charges.first()) else {
            return Outcome::new();
        };
        let id = Id::of_all(charges, charge.key);
        if let Some(Place::Held(batch)) = self.lock().get_mut(&id)
            && batch.number == number
        {
            let back = charged.cost.saturating_sub(charge.cost);
            let more = charge.cost.saturating_sub(charged.cost);
            batch.left = batch.left.saturating_add(back).saturating_sub(more).min(batch.taken);
        }
        Outcome::new()
    }

    fn drop_batches_of(&self, charges: &[Charge<'_>]) {
        if let Some(first) = charges.first() {
            self.lock().remove(&Id::of_all(charges, first.key));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Batches whose time has passed.
    fn take_outdated(&self, now: Timestamp) -> Vec<Batch> {
        let outdated = |place: &mut Place| match place {
            Place::Asking => false,
            Place::Scarce(until) => *until <= now,
            Place::Held(batch) => batch.until <= now,
        };
        let removed =
            self.lock().extract_if(|_, place| outdated(place)).map(|(_, place)| place).collect::<Vec<_>>();
        removed
            .into_iter()
            .filter_map(|place| if let Place::Held(batch) = place { Some(batch) } else { None })
            .collect()
    }
}

/// One request that asks for a batch. However it ends, others may ask again.
struct Asking<S> {
    inner: Arc<Inner<S>>,
    id: Id,
    cost: u32,
    becomes: Option<Place>,
}

impl<S> Drop for Asking<S> {
    fn drop(&mut self) {
        let mut table = self.inner.table.lock().unwrap_or_else(PoisonError::into_inner);
        // Gone where it was cleared or blocked meanwhile: then what was taken is not spent either.
        if matches!(table.get(&self.id), Some(Place::Asking)) {
            match self.becomes.take() {
                Some(place) => table.insert(self.id, place),
                None => table.remove(&self.id),
            };
        }
    }
}

impl<S: RateStore> Asking<S> {
    async fn lease(
        mut self,
        owned: Vec<(Key, Quota)>,
        batch: u32,
        now: Moment,
    ) -> Result<Outcome, StoreError> {
        let inner = Arc::clone(&self.inner);
        let until = now.mono.plus_nanos(u64::try_from(inner.lasts.as_nanos()).unwrap_or(u64::MAX));
        let outcome = ask(&inner.store, &owned, batch, now).await?;
        if outcome.admitted() {
            let charges = charges(&owned, batch);
            let number = inner.numbers.fetch_add(1, Relaxed);
            let mut held = Batch::new(number, &charges, batch, until, outcome);
            let spent = held.as_mut().and_then(|held| held.spend(self.cost, now.mono));
            self.becomes = held.map(Place::Held);
            // A store that admits without a receipt has charged nothing.
            return Ok(spent.unwrap_or_else(Outcome::unchecked));
        }
        self.becomes = Some(Place::Scarce(until));
        ask(&inner.store, &owned, self.cost, now).await
    }
}

/// In a task of its own, which ends with the store's answer: a client that goes away while a batch is asked for must not take the
/// whole of it along.
fn detached(
    lease: impl Future<Output = Result<Outcome, StoreError>> + Send + 'static,
) -> Reply<Result<Outcome, StoreError>> {
    let Ok(runtime) = Handle::try_current() else { return Reply::later(lease) };
    let task = runtime.spawn(lease);
    Reply::later(async move {
        let failed = |error| Err(StoreError::new(StoreErrorKind::Unavailable).with_source(error));
        task.await.unwrap_or_else(failed)
    })
}

fn ask<S: RateStore>(
    store: &S,
    owned: &[(Key, Quota)],
    cost: u32,
    now: Moment,
) -> Reply<Result<Outcome, StoreError>> {
    store.apply(Op::Take, &charges(owned, cost), now)
}

fn charges(owned: &[(Key, Quota)], cost: u32) -> Vec<Charge<'_>> {
    owned.iter().map(|(key, quota)| Charge { key: *key, quota, cost }).collect()
}

fn own(charges: &[Charge<'_>]) -> Vec<(Key, Quota)> {
    charges.iter().map(|charge| (charge.key, *charge.quota)).collect()
}

fn with_cost<'a>(charges: &[Charge<'a>], cost: u32) -> Vec<Charge<'a>> {
    charges.iter().map(|charge| Charge { cost, ..*charge }).collect()
}

/// Gives back what is left of batches, as long as the store is there. It begins when a caller's clock reads `begin`.
async fn give_back<S: RateStore>(inner: Weak<Inner<S>>, begin: Moment) {
    let clock = Clock::system();
    let start = clock.now().mono.as_nanos();
    loop {
        let Some(every) = inner.upgrade().map(|inner| inner.lasts / 2) else { return };
        tokio::time::sleep(every).await;
        let Some(inner) = inner.upgrade() else { return };
        let passed = clock.now().mono.as_nanos().saturating_sub(start);
        let now = Moment { mono: begin.mono.plus_nanos(passed), wall: begin.wall.plus_nanos(passed) };
        for batch in inner.take_outdated(now.mono) {
            let used = batch.taken - batch.left.min(batch.taken);
            let charges: Vec<_> =
                batch.quotas.iter().map(|quota| Charge { key: batch.key, quota, cost: used }).collect();
            // A store that cannot take it back keeps it, which errs on the strict side.
            let _ = inner.store.apply(Op::Settle(batch.receipt), &charges, now).await;
        }
    }
}

impl<S> Drop for Leased<S> {
    fn drop(&mut self) {
        let returning = self.returning.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(returning) = returning.take() {
            returning.abort();
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Leased<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leased")
            .field("store", &self.inner.store)
            .field("batch", &self.inner.batch)
            .finish_non_exhaustive()
    }
}
