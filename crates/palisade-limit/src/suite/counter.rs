//! What the laws count with.

use crate::{
    outcome::{Outcome, Receipt},
    quota,
    quota::Quota,
    store::{Charge, Op, RateStore},
    store_error::StoreError,
};
use palisade_core::{Decision, Key, Moment, Timestamp, UnixTime};
use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

pub(super) const SECOND: u64 = 1_000_000_000;
pub(super) const MILLI: u64 = 1_000_000;

/// Quotas of five a minute, one for each way of counting.
pub(super) fn all() -> [Quota; 6] {
    let [a, b, c] = windows();
    [quota!("5/minute"), a, b, c, SLIDING, STRICT]
}

pub(super) fn windows() -> [Quota; 3] {
    [quota!("5/minute fixed"), quota!("5/minute fixed epoch"), quota!("5/minute fixed first-hit")]
}

pub(super) const SLIDING: Quota = quota!("5/minute sliding");
pub(super) const STRICT: Quota = quota!("5/minute strict");

/// A point on the suite's clock, which starts an hour after the start of the monotonic one, on a whole minute.
pub(super) fn at(nanos: u64) -> Moment {
    let wall = UnixTime::from_nanos(1_700_000_040 * SECOND + nanos);
    Moment { mono: Timestamp::from_nanos(3_600 * SECOND + nanos), wall }
}

/// Either a time on the suite's clock or a whole moment.
pub(super) trait When {
    fn moment(self) -> Moment;
}

impl When for u64 {
    fn moment(self) -> Moment {
        at(self)
    }
}

impl When for Moment {
    fn moment(self) -> Moment {
        self
    }
}

pub(super) async fn take(store: &impl RateStore, charges: &[Charge<'_>], now: impl When) -> Outcome {
    store.apply(Op::Take, charges, now.moment()).await.unwrap()
}

pub(super) fn remaining(outcome: &Outcome) -> Vec<u32> {
    outcome.decisions().iter().map(|decision| decision.remaining).collect()
}

/// One key that nobody else has.
pub(super) struct Counter<'s, S> {
    pub(super) store: &'s S,
    pub(super) key: Key,
    /// Whether the next charge asks for an answer at once, as every other one does.
    at_once: AtomicBool,
}

impl<'s, S: RateStore> Counter<'s, S> {
    pub(super) fn new(store: &'s S) -> Self {
        let random = || RandomState::new().hash_one(0).to_le_bytes();
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&random());
        bytes[8..].copy_from_slice(&random());
        Self { store, key: Key::from_bytes(bytes), at_once: AtomicBool::new(true) }
    }

    pub(super) fn charge<'q>(&self, quota: &'q Quota, cost: u32) -> Charge<'q> {
        Charge { key: self.key, quota, cost }
    }

    async fn apply(&self, op: Op, quota: &Quota, cost: u32, now: u64) -> Result<Outcome, StoreError> {
        self.store.apply(op, &[self.charge(quota, cost)], at(now)).await
    }

    /// By [`RateStore::take_at_once`] and by [`RateStore::apply`] in turns, which must not make a difference.
    pub(super) async fn take(&self, quota: &Quota, cost: u32, now: u64) -> Decision {
        if self.at_once.fetch_xor(true, Relaxed)
            && let Some(decision) = self.store.take_at_once(&self.charge(quota, cost), &|| at(now))
        {
            return decision;
        }
        self.apply(Op::Take, quota, cost, now).await.unwrap().decisions()[0]
    }

    pub(super) async fn peek(&self, quota: &Quota, cost: u32, now: u64) -> Decision {
        self.apply(Op::Peek, quota, cost, now).await.unwrap().decisions()[0]
    }

    pub(super) async fn take_for(&self, quota: &Quota, cost: u32, now: u64) -> Receipt {
        self.apply(Op::Take, quota, cost, now).await.unwrap().into_receipt().unwrap()
    }

    pub(super) async fn settle(&self, quota: &Quota, receipt: Receipt, cost: u32, now: u64) {
        self.apply(Op::Settle(receipt), quota, cost, now).await.unwrap();
    }

    pub(super) async fn penalize(&self, quota: &Quota, cost: u32, now: u64) {
        self.apply(Op::Penalize, quota, cost, now).await.unwrap();
    }

    pub(super) async fn reward(&self, quota: &Quota, amount: u32, now: u64) {
        self.apply(Op::Reward, quota, amount, now).await.unwrap();
    }

    pub(super) async fn block(&self, quota: &Quota, until: u64, now: u64) {
        self.apply(Op::Block { until: at(until).mono }, quota, 0, now).await.unwrap();
    }

    pub(super) async fn clear(&self, quota: &Quota, now: u64) {
        self.apply(Op::Clear, quota, 0, now).await.unwrap();
    }
}
