//! A charge that may still be corrected.

use crate::{
    outcome::Receipt, policies::Policies, settlement::Settler, store::Op, store::RateStore,
    store_error::StoreError,
};
use palisade_core::{Clock, Key, Reply};
use std::{fmt, sync::Arc};

/// A charge with all that is needed to correct it; dropped, it stands.
pub(crate) struct Ticket {
    pub(crate) store: Arc<dyn RateStore>,
    pub(crate) policies: Arc<Policies>,
    pub(crate) key: Key,
    pub(crate) charged: u32,
    /// How much more than charged may be owed in the end.
    pub(crate) max_debt: u32,
    pub(crate) receipt: Receipt,
    pub(crate) clock: Clock,
    pub(crate) settler: Settler,
}

impl Ticket {
    /// The most that can be settled for.
    pub(crate) const fn most(&self) -> u32 {
        self.charged.saturating_add(self.max_debt)
    }

    /// Corrects the charge to `actual`.
    pub(crate) fn settle(self, actual: u32) -> Reply<Result<(), StoreError>> {
        let (now, actual) = (self.clock.now(), actual.min(self.most()));
        if actual == self.charged {
            return Reply::now(Ok(()));
        }
        let done = self.policies.apply(&*self.store, Op::Settle(self.receipt), self.key, actual, now);
        done.map(|done| done.map(drop))
    }

    /// The same, for when nobody waits for it.
    pub(crate) fn settle_unattended(self, actual: u32) {
        let settler = self.settler.clone();
        settler.settle(self.settle(actual).map(tell));
    }
}

/// A correction that a store could not make leaves the charge as it is, which errs on the strict side.
pub(crate) fn tell(done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::warn!(target: "palisade::limit", %error, "a charge could not be corrected and stands");
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("policies", &self.policies.list())
            .field("charged", &self.charged)
            .finish_non_exhaustive()
    }
}
