//! Where the counters of a store are.

use super::{
    logs::LOG,
    overflow::Overflow,
    shard::{Place, Shard},
    table::{Address, Table},
};
use crate::{
    algorithm::Cell,
    quota::{Algorithm, Quota},
    store::Charge,
    sync::MutexGuard,
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
        Self {
            capacity,
            buckets: OnceLock::new(),
            windows: OnceLock::new(),
            logs: OnceLock::new(),
            blocks: OnceLock::new(),
            overflow: Overflow::default(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline]
    pub(super) fn address(&self, charge: &Charge<'_>) -> (ShardId, Address) {
        let kind = kind(charge.quota);
        let address = self.table(kind).address(charge);
        (ShardId { kind, shard: address.shard }, address)
    }

    #[inline]
    pub(super) fn lock(&self, id: ShardId) -> MutexGuard<'_, Shard> {
        self.table(id.kind).lock(id.shard)
    }

    /// Until when a counter is blocked, where it is.
    #[inline]
    pub(super) fn blocked(&self, charge: &Charge<'_>, now: Moment) -> Option<Timestamp> {
        self.blocks.get().and_then(|table| Self::blocked_in(table, charge, now))
    }

    #[inline(never)]
    fn blocked_in(table: &Table, charge: &Charge<'_>, now: Moment) -> Option<Timestamp> {
        let address = table.address(charge);
        let shard = table.lock(address.shard);
        match shard.find(&address.spot, now.mono, &[]) {
            Place::Held(at) => shard.load(at, now.mono).map(Cell::until),
            Place::Free(_) | Place::Full => None,
        }
    }

    /// Blocks a counter; `false` where there is no room to remember it.
    pub(super) fn block(&self, charge: &Charge<'_>, until: Timestamp, now: Moment) -> bool {
        let table = self.blocks.get_or_init(|| Table::new(self.capacity, NARROW));
        let address = table.address(charge);
        let mut shard = table.lock(address.shard);
        let (Place::Held(at) | Place::Free(at)) = shard.find(&address.spot, now.mono, &[]) else {
            return false;
        };
        let until = shard.load(at, now.mono).map_or(until, |there| there.until().max(until));
        shard.store(at, address.spot.fingerprint, Cell::new(until, 0));
        true
    }

    /// Forgets a counter and its block.
    pub(super) fn clear(&self, charge: &Charge<'_>, now: Moment) {
        let counters = self.table(kind(charge.quota));
        for table in [Some(counters), self.blocks.get()].into_iter().flatten() {
            let address = table.address(charge);
            let mut shard = table.lock(address.shard);
            if let Place::Held(at) = shard.find(&address.spot, now.mono, &[]) {
                shard.forget(at);
            }
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
            self.windows.get_or_init(|| Table::new(self.capacity, WIDE))
        } else {
            self.buckets.get_or_init(|| Table::new(self.capacity, NARROW))
        }
    }

    #[inline]
    fn table(&self, kind: Kind) -> &Table {
        match kind {
            Kind::Bucket => self.simple(false),
            Kind::Window => self.simple(true),
            Kind::Log => self.logs.get_or_init(|| Table::new(self.capacity, LOG)),
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

/// Words a slot: fingerprint and time.
pub(super) const NARROW: usize = 2;
/// And the count of a window, or both counts of a window that slides.
pub(super) const WIDE: usize = 3;
