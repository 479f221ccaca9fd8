//! Giving back and taking beside requests.

use super::{tables::Tables, take::Shards};
use crate::{algorithm::Adjustment, store::Charge};
use palisade_core::Moment;

/// Adjusts all counters, with nobody in between; `false` where there was no room to remember what was taken.
pub(super) fn adjust(
    tables: &Tables,
    charges: &[Charge<'_>],
    now: Moment,
    of: impl Fn(u32) -> Adjustment,
) -> bool {
    let (mut shards, mut room) = (Shards::lock(tables, charges), true);
    for charge in charges {
        let ((id, address), adjustment) = (tables.address(charge), of(charge.cost));
        let found = shards.get(id).and_then(|shard| {
            if id.is_log() {
                let (at, _) = shard.log_slot(&address.spot, now.mono, &[])?;
                shard.adjust(at, address.spot.tag, charge.quota, now.mono, adjustment);
                return Some(());
            }
            let (_, slot) = shard.enter(&address.spot, now.mono, &[])?;
            if let Some(cell) = charge.quota.adjusted(slot.load(now.mono), &charge.key, now, adjustment) {
                slot.store(cell);
            }
            Some(())
        });
        // Nothing was used by whoever has no counter, so nothing comes back. Taking it from a counter that others share would
        // shut out strangers.
        room &= found.is_some() || matches!(adjustment, Adjustment::Give(_));
    }
    room
}
