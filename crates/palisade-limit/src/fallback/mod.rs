//! What decides while a shared store cannot.

mod share;
#[cfg(test)]
mod tests;

use crate::{
    error::{LimitError, LimitErrorKind},
    memory::MemoryStore,
    outcome::{Beside, Outcome, Receipt},
    quota::Quota,
    store::{Charge, Op, RateStore},
    store_error::{StoreError, StoreErrorKind},
};
use palisade_core::{Decision, Key, Moment, Reply};
use share::Share;
use std::{num::NonZeroU32, sync::Arc};

/// A store, and what decides while it cannot.
///
/// ```
/// use palisade_limit::{Fallback, MemoryStore, RateLimit};
/// use palisade_core::By;
/// use std::sync::Arc;
///
/// # fn main() -> Result<(), palisade_limit::LimitError> {
/// # let shared = MemoryStore::new();
/// // Four nodes: each admits a quarter of the quota by itself while the shared store is down.
/// let store = Arc::new(Fallback::local(shared).nodes(4)?);
/// let limit = RateLimit::new("address", "60/minute", By::client())?.store(store);
/// # let _ = limit;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Fallback<S> {
    store: S,
    then: Then,
}

#[derive(Clone, Debug)]
enum Then {
    Local(Local),
    Closed,
    Open,
}

/// The limiter of this node alone.
#[derive(Clone, Debug)]
struct Local {
    memory: Arc<MemoryStore>,
    share: Share,
}

impl<S: RateStore> Fallback<S> {
    /// Decides by counters in memory while `store` cannot.
    ///
    /// They are charged along with the store, so that nobody gets a fresh quota when it goes down. Each node admits
    /// its share by itself: the whole quota, so up to as many quotas as there are nodes, unless [`nodes`](Self::nodes) says how many
    /// there are. A request that costs more than the share is refused until the store is back.
    #[must_use]
    pub fn local(store: S) -> Self {
        let local = Local { memory: Arc::new(MemoryStore::new()), share: Share::default() };
        Self { store, then: Then::Local(local) }
    }

    /// Refuses everything with 503 while `store` cannot decide, as the store alone does.
    #[must_use]
    pub const fn closed(store: S) -> Self {
        Self { store, then: Then::Closed }
    }

    /// Lets everything pass uncounted while `store` cannot decide. Whoever can overload the store then has no limit at all.
    ///
    /// Limits with [`RateLimit::never_open`](crate::RateLimit::never_open), and limits that others charge, refuse nevertheless.
    #[must_use]
    pub const fn dangerous_open(store: S) -> Self {
        Self { store, then: Then::Open }
    }

    /// How many nodes share the quota: each admits that part of it by itself; without effect unless local.
    ///
    /// # Errors
    ///
    /// 0, which is how a number that was never set often looks; the whole quota would then be each node's.
    pub fn nodes(mut self, nodes: u32) -> Result<Self, LimitError> {
        let nodes = NonZeroU32::new(nodes).ok_or(LimitErrorKind::Nodes)?;
        if let Then::Local(local) = &mut self.then {
            local.share = Share::of(nodes);
        }
        Ok(self)
    }

    /// Counts locally in this store instead of one with room for 200,000 keys; without effect unless local.
    #[must_use]
    pub fn memory(mut self, memory: MemoryStore) -> Self {
        if let Then::Local(local) = &mut self.then {
            local.memory = Arc::new(memory);
        }
        self
    }
}

impl<S: RateStore> RateStore for Fallback<S> {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        let Then::Local(local) = &self.then else {
            let may_open = matches!((&self.then, &op), (Then::Open, Op::Take | Op::Peek));
            return self.store.apply(op, charges, now).map(move |answer| open(answer, may_open));
        };
        match op {
            Op::Take | Op::Peek => self.decide(local, op, charges, now),
            Op::Settle(receipt) => self.settle(local, receipt, charges, now),
            Op::Block { until } => self.both(local, || Op::Block { until }, charges, now),
            Op::Penalize => self.both(local, || Op::Penalize, charges, now),
            Op::Reward => self.both(local, || Op::Reward, charges, now),
            Op::Clear => self.both(local, || Op::Clear, charges, now),
        }
    }

    #[inline]
    fn take_at_once(&self, charge: &Charge<'_>, now: &dyn Fn() -> Moment) -> Option<Decision> {
        // What is counted here too goes the long way.
        if matches!(self.then, Then::Local(_)) { None } else { self.store.take_at_once(charge, now) }
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }
}

impl<S: RateStore> Fallback<S> {
    /// What is blocked or forgotten while the store is down, is so on this node.
    fn both(
        &self,
        local: &Local,
        op: impl Fn() -> Op,
        charges: &[Charge<'_>],
        now: Moment,
    ) -> Reply<Result<Outcome, StoreError>> {
        let here = local.apply(op(), charges, now);
        self.store.apply(op(), charges, now).map(|answer| if is_down(&answer) { here } else { answer })
    }

    fn decide(
        &self,
        local: &Local,
        op: Op,
        charges: &[Charge<'_>],
        now: Moment,
    ) -> Reply<Result<Outcome, StoreError>> {
        let is_take = matches!(op, Op::Take);
        match self.store.apply(op, charges, now).try_now() {
            Ok(answer) => Reply::now(local.conclude(answer, is_take, charges, now)),
            Err(later) => {
                let (local, owned) = (local.clone(), own(charges));
                Reply::later(async move {
                    let answer = later.await;
                    let charges: Vec<_> = owned
                        .iter()
                        .map(|(key, quota, cost)| Charge { key: *key, quota, cost: *cost })
                        .collect();
                    local.conclude(answer, is_take, &charges, now)
                })
            }
        }
    }

    fn settle(
        &self,
        local: &Local,
        mut receipt: Receipt,
        charges: &[Charge<'_>],
        now: Moment,
    ) -> Reply<Result<Outcome, StoreError>> {
        match receipt.take_beside() {
            Some(Beside::Instead) => Reply::now(local.apply(Op::Settle(receipt), charges, now)),
            Some(Beside::Too(charged)) => {
                for (charge, charged) in charges.iter().zip(charged) {
                    if let Some(charged) = charged {
                        let mut receipt = Receipt::new();
                        receipt.push(charged);
                        let _ = local.apply(Op::Settle(receipt), &[*charge], now);
                    }
                }
                self.store.apply(Op::Settle(receipt), charges, now)
            }
            None => self.store.apply(Op::Settle(receipt), charges, now),
        }
    }
}

impl Local {
    /// The store's answer, charged here too; or the answer from here.
    fn conclude(
        &self,
        answer: Result<Outcome, StoreError>,
        is_take: bool,
        charges: &[Charge<'_>],
        now: Moment,
    ) -> Result<Outcome, StoreError> {
        if is_down(&answer) {
            return self.instead(is_take, charges, now);
        }
        let outcome = answer?;
        if is_take && outcome.admitted() {
            let charged = charges.iter().map(|charge| self.charge_too(charge, now)).collect();
            return Ok(outcome.beside(Beside::Too(charged)));
        }
        Ok(outcome)
    }

    fn instead(&self, is_take: bool, charges: &[Charge<'_>], now: Moment) -> Result<Outcome, StoreError> {
        let op = if is_take { Op::Take } else { Op::Peek };
        let mut outcome = self.apply(op, charges, now)?;
        for (decision, charge) in outcome.decisions_mut().iter_mut().zip(charges) {
            // Too much for this node's share is not too much for ever: the store admits it when it is back.
            if decision.retry.is_none() && charge.cost <= charge.quota.capacity() {
                decision.retry = Some(decision.reset.max(now.mono.plus_nanos(SOON)));
            }
        }
        Ok(outcome.beside(Beside::Instead))
    }

    /// Each counter by itself: one that has nothing left here must not keep the others from being charged.
    fn charge_too(&self, charge: &Charge<'_>, now: Moment) -> Option<crate::Charged> {
        let quota = self.share.of_quota(charge.quota);
        let cost = charge.cost.min(quota.capacity());
        let taken = self.memory.apply(Op::Take, &[Charge { quota: &quota, cost, ..*charge }], now);
        taken.try_now().ok()?.ok()?.into_receipt()?.charged().first().copied()
    }

    /// Does `op` to this node's counters.
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Result<Outcome, StoreError> {
        let quotas: Vec<_> = charges.iter().map(|charge| self.share.of_quota(charge.quota)).collect();
        let mut shares: Vec<_> =
            charges.iter().zip(&quotas).map(|(charge, quota)| Charge { quota, ..*charge }).collect();
        if matches!(op, Op::Settle(_)) {
            // Where the share is smaller than the quota, no more of it was charged than it has.
            for (share, charge) in shares.iter_mut().zip(charges) {
                if share.quota.capacity() < charge.quota.capacity() {
                    share.cost = share.cost.min(share.quota.capacity());
                }
            }
        }
        let answer = self.memory.apply(op, &shares, now);
        answer.try_now().unwrap_or_else(|_| Err(StoreErrorKind::Unavailable.into()))
    }
}

fn own(charges: &[Charge<'_>]) -> Vec<(Key, Quota, u32)> {
    charges.iter().map(|charge| (charge.key, *charge.quota, charge.cost)).collect()
}

fn open(answer: Result<Outcome, StoreError>, may_open: bool) -> Result<Outcome, StoreError> {
    if may_open && is_down(&answer) { Ok(Outcome::unchecked()) } else { answer }
}

/// A call that breaks the rules breaks them everywhere.
fn is_down(answer: &Result<Outcome, StoreError>) -> bool {
    answer.as_ref().is_err_and(|error| error.kind() != StoreErrorKind::InvalidCall)
}

const SOON: u64 = 1_000_000_000;
