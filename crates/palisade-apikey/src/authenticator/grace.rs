//! That a key is on its way out.

use crate::record::KeyRecord;
use palisade_core::{Facts, UnixTime};

/// The grace period of a rotated key, as authentication found it: left in the facts for whoever writes headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grace {
    pub(super) rotated: UnixTime,
    pub(super) ends: UnixTime,
}

impl Grace {
    /// Leaves it there, where there is one.
    #[inline]
    pub(super) fn note(record: &KeyRecord, facts: &Facts) {
        if record.grace_ends.is_none() {
            return;
        }
        if let (Some(rotated), Some(ends)) = (record.rotated, record.ends()) {
            facts.hold(Self { rotated, ends });
        }
    }

    /// What was left there.
    pub(super) fn of(facts: &Facts) -> Option<Self> {
        let mut found = None;
        let _ = facts.holds(|grace: &Self| {
            found = Some(*grace);
            true
        });
        found
    }
}
