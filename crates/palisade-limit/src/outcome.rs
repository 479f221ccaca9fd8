//! What a store answers.

use crate::quota::MAX_QUOTAS;
use palisade_core::Decision;

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
        Self { decisions: List::Few(None), receipt: None }
    }

    /// The answer to a single charge.
    #[inline]
    pub(crate) const fn of_one(decision: Decision, charged: Option<Charged>) -> Self {
        let receipt = match charged {
            Some(charged) => Some(Receipt(List::Few(Some(charged)))),
            None => None,
        };
        Self { decisions: List::Few(Some(decision)), receipt }
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
    /// From which life of the counter, in nanoseconds: the end of its window, or when it was written into a log; 0 where
    /// there is only one.
    pub lineage: u64,
}

impl Receipt {
    /// A receipt for nothing yet.
    pub const fn new() -> Self {
        Self(List::Few(None))
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

/// Up to eight values; one, which is the rule, stands here without an allocation and keeps answers small.
#[derive(Debug)]
enum List<T> {
    Few(Option<T>),
    Many(Vec<T>),
}

impl<T: Copy> List<T> {
    #[inline]
    fn push(&mut self, item: T) {
        match self {
            Self::Few(place @ None) => *place = Some(item),
            Self::Few(Some(first)) => {
                let mut many = Vec::with_capacity(MAX_QUOTAS);
                many.extend([*first, item]);
                *self = Self::Many(many);
            }
            Self::Many(items) if items.len() < MAX_QUOTAS => items.push(item),
            Self::Many(_) => {}
        }
    }

    #[inline]
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Few(item) => item.as_slice(),
            Self::Many(items) => items,
        }
    }
}
