//! A charge that outlives its call.

use palisade_core::Key;
use palisade_limit::{Charge, Quota};

/// A charge that owns its quota.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) key: Key,
    pub(crate) quota: Quota,
    pub(crate) cost: u32,
}

impl Counted {
    pub(crate) fn of(charge: &Charge<'_>) -> Self {
        Self { key: charge.key, quota: *charge.quota, cost: charge.cost }
    }
}
