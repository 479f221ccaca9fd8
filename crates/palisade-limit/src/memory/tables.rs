//! Where the counters of a store are.

use super::{
    overflow::Overflow,
    shard::Shard,
    slots::Place,
    table::{Address, Table},
    width::{LOG, NARROW, WIDE},
    words::Pages,
};
use crate::{
    algorithm::Cell,
    quota::{Algorithm, Quota},
    store::Charge,
};
use palisade_core::{Moment, Timestamp};
use std::sync::OnceLock;

/// One table for each kind of cell, made when it is first needed.
#[derive(Debug)]
pub(super) struct Tables {
    capacity: usize,
    buckets: OnceLock<Table>,
    windows: OnceLock<Table>,
    logs: OnceLock<Table>,
    blocks: OnceLock<Table>,
    pub(super) overflow: Overflow,
}

/// The name of a shard. Whoever locks several does it in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShardId {
    kind: Kind,
    shard: usize,
}

impl ShardId {
    #[inline]
    pub(super) fn is_log(self) -> bool {
        self.kind == Kind::Log
    }
}

/// What a quota's counters look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Bucket,
    Window,
    Log,
}

impl Tables {
    pub(super) fn new(capacity: usize) -> Self {
        let tables = Self {
            capacity,
            buckets: OnceLock::new(),
            windows: OnceLock::new(),
            logs: OnceLock::new(),
            blocks: OnceLock::new(),
            overflow: Overflow::default(),
        };
        if cfg!(palisade_loom) {
            // loom does not know that whoever finds a table finds it finished.
            let _ = [Kind::Bucket, Kind::Window, Kind::Log].map(|kind| tables.table(kind));
            let _ = tables.blocks();
        }
        tables
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes the table for such a quota, if it is not made yet, and takes all its memory.
    pub(super) fn preallocate(&self, quota: &Quota) {
        let (table, width) = match kind(quota) {
            Kind::Bucket => (&self.buckets, NARROW),
            Kind::Window => (&self.windows, WIDE),
            Kind::Log => (&self.logs, LOG),
        };
        table.get_or_init(|| Table::new(self.capacity, width, Pages::AtOnce));
    }

    #[inline]
    pub(super) fn address(&self, charge: &Charge<'_>) -> (ShardId, Address) {
        let kind = kind(charge.quota);
        let address = self.table(kind).address(charge);
        (ShardId { kind, shard: address.shard }, address)
    }

    #[inline]
    pub(super) fn lock(&self, id: ShardId) -> Shard<'_> {
        self.table(id.kind).lock(id.shard)
    }

    /// Until when a counter is blocked, where it is.
    #[inline]
    pub(super) fn blocked(&self, charge: &Charge<'_>, now: Moment) -> Option<Timestamp> {
        self.blocks.get().and_then(|table| Self::blocked_in(table, charge, now))
    }

    #[inline(never)]
    fn blocked_in(table: &Table, charge: &Charge<'_>, now: Moment) -> Option<Timestamp> {
        table.claim(&table.address(charge))?.load(now.mono).map(Cell::until)
    }

    /// Blocks a counter; `false` where there is no room to remember it.
    pub(super) fn block(&self, charge: &Charge<'_>, until: Timestamp, now: Moment) -> bool {
        let table = self.blocks();
        let Some(slot) = table.slot::<NARROW>(&table.near(charge), charge, now.mono) else { return false };
        let until = slot.load(now.mono).map_or(until, |there| there.until().max(until));
        slot.store(Cell::new(until, 0));
        true
    }

    /// Forgets a counter and its block.
    pub(super) fn clear(&self, charge: &Charge<'_>, now: Moment) {
        let (id, address) = self.address(charge);
        if id.is_log() {
            let mut shard = self.lock(id);
            if let Place::Held(at) = shard.find(&address.spot, now.mono, &[]) {
                shard.forget(at);
            }
        } else if let Some(slot) = self.table(id.kind).claim(&address) {
            slot.clear();
        }
        if let Some(slot) = self.blocks.get().and_then(|table| table.claim(&table.address(charge))) {
            slot.clear();
        }
    }

    /// Buckets and slots looked at since this was last asked.
    #[cfg(test)]
    pub(super) fn touched(&self) -> u64 {
        let tables = [&self.buckets, &self.windows, &self.logs, &self.blocks];
        tables.into_iter().filter_map(OnceLock::get).map(Table::touched).sum()
    }

    /// The table of fixed windows, or that of buckets.
    #[inline]
    pub(super) fn simple(&self, is_window: bool) -> &Table {
        if is_window {
            self.windows.get_or_init(|| Table::new(self.capacity, WIDE, Pages::AsUsed))
        } else {
            self.buckets.get_or_init(|| Table::new(self.capacity, NARROW, Pages::AsUsed))
        }
    }

    fn blocks(&self) -> &Table {
        self.blocks.get_or_init(|| Table::new(self.capacity, NARROW, Pages::AsUsed))
    }

    #[inline]
    fn table(&self, kind: Kind) -> &Table {
        match kind {
            Kind::Bucket => self.simple(false),
            Kind::Window => self.simple(true),
            Kind::Log => self.logs.get_or_init(|| Table::new(self.capacity, LOG, Pages::AsUsed)),
        }
    }
}

#[inline]
fn kind(quota: &Quota) -> Kind {
    match quota.algorithm() {
        Algorithm::Gcra => Kind::Bucket,
        Algorithm::FixedWindow(_) | Algorithm::SlidingCounter => Kind::Window,
        Algorithm::SlidingLog => Kind::Log,
    }
}
