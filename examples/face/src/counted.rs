//! A store of counters that also counts refusals.

use crate::stats::Counter;
use palisade::{
    Moment, Reply,
    limit::{Charge, Op, Outcome, RateStore, StoreError},
};

/// Any store, with a count of the requests that it did not admit.
#[derive(Debug)]
pub struct Counted<S> {
    store: S,
    refused: Counter,
}

impl<S: RateStore> Counted<S> {
    /// Counts the refusals of this store.
    pub const fn new(store: S, refused: Counter) -> Self {
        Self { store, refused }
    }
}

impl<S: RateStore> RateStore for Counted<S> {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        let asked = matches!(op, Op::Take);
        let answer = self.store.apply(op, charges, now);
        if !asked {
            return answer;
        }
        let refused = self.refused.clone();
        answer.map(move |answer| {
            answer.inspect(|outcome| {
                if !outcome.admitted() {
                    refused.add();
                }
            })
        })
    }
}
