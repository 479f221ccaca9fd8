//! The batches that a node holds.

use palisade_core::{Decision, Key, Timestamp};
use palisade_limit::{Charge, Outcome, Quota, Receipt};
use std::collections::HashMap;

/// The quotas of one key that are charged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id {
    key: Key,
    quotas: u64,
}

impl Id {
    /// `None` where charges differ in key or cost, or only look: those have no batch in common.
    pub(super) fn of(charges: &[Charge<'_>]) -> Option<Self> {
        let first = charges.first()?;
        let alike = |charge: &Charge<'_>| charge.key == first.key && charge.cost == first.cost;
        (first.cost > 0 && charges.iter().all(alike)).then(|| Self::of_all(charges, first.key))
    }

    /// Also where a call looks or corrects.
    pub(super) fn of_all(charges: &[Charge<'_>], key: Key) -> Self {
        // The order counts: a receipt has its charges in order.
        let mix = |all: u64, charge: &Charge<'_>| all.rotate_left(7) ^ charge.quota.identity();
        Self { key, quotas: charges.iter().fold(0, mix) }
    }
}

/// Units taken ahead.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) number: u64,
    pub(super) quotas: Vec<Quota>,
    pub(super) key: Key,
    pub(super) taken: u32,
    pub(super) left: u32,
    pub(super) until: Timestamp,
    pub(super) receipt: Receipt,
    decisions: Vec<Decision>,
}

impl Batch {
    pub(super) fn new(
        number: u64,
        charges: &[Charge<'_>],
        taken: u32,
        until: Timestamp,
        outcome: Outcome,
    ) -> Option<Self> {
        let key = charges.first()?.key;
        let quotas = charges.iter().map(|charge| *charge.quota).collect();
        let decisions = outcome.decisions().to_vec();
        let receipt = outcome.into_receipt()?;
        Some(Self { number, quotas, key, taken, left: taken, until, receipt, decisions })
    }

    /// Spends `cost` units that are there.
    pub(super) fn spend(&mut self, cost: u32, now: Timestamp) -> Option<Outcome> {
        self.left = self.left.checked_sub(cost)?;
        let mut outcome = Outcome::new();
        for decision in &self.decisions {
            outcome.push(Decision {
                admitted: true,
                remaining: decision.remaining.saturating_add(self.left).min(decision.limit),
                reset: decision.reset.max(now),
                next: decision.next.max(now),
                retry: Some(now),
                ..*decision
            });
        }
        let mut receipt = Receipt::new();
        for _ in &self.decisions {
            receipt.push(palisade_limit::Charged { cost, lineage: MINE | self.number });
        }
        Some(outcome.with_receipt(receipt))
    }
}

/// What stands for a key.
#[derive(Debug)]
pub(super) enum Place {
    /// Somebody is asking for a batch; others ask for what they need themselves.
    Asking,
    Held(Batch),
    /// There is not enough for a batch; until then nobody asks for one.
    Scarce(Timestamp),
}

pub(super) type Table = HashMap<Id, Place>;

/// Set in the lineage of what was spent from a batch. No store sets it before the year 2262.
const MINE: u64 = 1 << 63;

/// The number of the batch that a receipt was spent from.
pub(super) fn batch_of(receipt: &Receipt) -> Option<u64> {
    let lineage = receipt.charged().first()?.lineage;
    (lineage & MINE != 0 && lineage != u64::MAX).then_some(lineage & !MINE)
}
