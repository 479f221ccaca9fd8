//! What a store answers.

use crate::quota::MAX_QUOTAS;
use palisade_core::{Decision, Timestamp};

/// What a store answers to a call: a decision for each charge, in order, and what a later settlement needs.
#[derive(Debug)]
pub struct Outcome {
    decisions: List<Decision>,
    receipt: Option<Receipt>,
}

impl Outcome {
    /// An answer without a decision, as to [`Op::Clear`](crate::Op::Clear).
    #[must_use]
    pub const fn new() -> Self {
        Self { decisions: List::new(NOTHING), receipt: None }
    }

    /// Adds the decision on the next charge; what goes beyond eight is left out.
    #[inline]
    pub fn push(&mut self, decision: Decision) {
        self.decisions.push(decision);
    }

    /// Adds the receipt of charges that were made.
    #[must_use]
    #[inline]
    pub fn with_receipt(mut self, receipt: Receipt) -> Self {
        self.receipt = Some(receipt);
        self
    }

    /// Whether every charge was, or would be, admitted.
    #[must_use]
    #[inline]
    pub fn admitted(&self) -> bool {
        self.decisions().iter().all(|decision| decision.admitted)
    }

    /// One decision for each charge, in the order of the charges.
    #[must_use]
    #[inline]
    pub fn decisions(&self) -> &[Decision] {
        self.decisions.as_slice()
    }

    /// What [`Op::Settle`](crate::Op::Settle) takes; there after an [`Op::Take`](crate::Op::Take) that was admitted.
    #[must_use]
    pub fn into_receipt(self) -> Option<Receipt> {
        self.receipt
    }
}

impl Default for Outcome {
    fn default() -> Self {
        Self::new()
    }
}

/// What was charged, so that it can be corrected; used up by settling, so that nothing comes back twice.
#[derive(Debug)]
#[must_use = "dropping a receipt lets its charges stand"]
pub struct Receipt(List<Charged>);

/// One charge that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// How much.
    pub cost: u32,
    /// From which life of the counter: the end of its window in nanoseconds; 0 where there is only one.
    pub lineage: u64,
}

impl Receipt {
    /// A receipt for nothing yet.
    pub const fn new() -> Self {
        Self(List::new(Charged { cost: 0, lineage: 0 }))
    }

    /// Adds the next charge; what goes beyond eight is left out.
    #[inline]
    pub fn push(&mut self, charged: Charged) {
        self.0.push(charged);
    }

    /// The charges, in the order in which they were made.
    #[must_use]
    pub fn charged(&self) -> &[Charged] {
        self.0.as_slice()
    }
}

impl Default for Receipt {
    fn default() -> Self {
        Self::new()
    }
}

const NOTHING: Decision = Decision {
    admitted: false,
    limit: 0,
    remaining: 0,
    reset: Timestamp::from_nanos(0),
    next: Timestamp::from_nanos(0),
    retry: None,
};

/// Up to eight values without an allocation.
#[derive(Debug)]
struct List<T> {
    len: usize,
    items: [T; MAX_QUOTAS],
}

impl<T: Copy> List<T> {
    #[inline]
    const fn new(filler: T) -> Self {
        Self { len: 0, items: [filler; MAX_QUOTAS] }
    }

    #[inline]
    fn push(&mut self, item: T) {
        if let Some(place) = self.items.get_mut(self.len) {
            *place = item;
            self.len += 1;
        }
    }

    #[inline]
    fn as_slice(&self) -> &[T] {
        self.items.get(..self.len).unwrap_or_default()
    }
}
