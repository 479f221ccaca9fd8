//! A limit that other guards charge.

use super::{Inner, RateLimit};
use crate::{
    outcome::Outcome,
    refusal::{refusal, unavailable},
    store::Op,
    store_error::StoreError,
};
use palisade_core::{Charge, Denial, DenialKind, Key, Moment, Reply, Throttle};
use std::sync::Arc;

/// Charges one unit for each key that the caller names; the limit's own [`By`](palisade_core::By) plays no part in it.
impl Throttle for RateLimit {
    fn charge(&self, key: &Key) -> Reply<Result<Charge, Denial>> {
        let (inner, key) = (self.0.clone(), *key);
        let now = inner.clock.now();
        inner.policies.apply(&*inner.store, Op::Take, key, 1, now).map({
            let inner = inner.clone();
            move |answer| inner.charged(key, answer, now)
        })
    }
}

impl Inner {
    fn charged(
        self: Arc<Self>,
        key: Key,
        answer: Result<Outcome, StoreError>,
        now: Moment,
    ) -> Result<Charge, Denial> {
        let outcome = answer.map_err(unavailable)?;
        if let Some(denial) = refusal(&self.policies, outcome.decisions(), now) {
            return Err(denial);
        }
        let receipt = outcome.into_receipt().ok_or_else(|| Denial::new(DenialKind::Internal))?;
        Ok(Charge::new(move || {
            let now = self.clock.now();
            // A store that cannot take the refund keeps the charge, which errs on the strict side.
            self.policies.apply(&*self.store, Op::Settle(receipt), key, 0, now).map(drop)
        }))
    }
}
