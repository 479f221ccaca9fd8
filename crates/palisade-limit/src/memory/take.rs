//! Charging one counter, or several together.

use super::{
    overflow::Cells,
    shard::{Place, Shard},
    table::Address,
    tables::{ShardId, Tables},
};
use crate::{
    algorithm::Cell,
    outcome::{Charged, Outcome, Receipt},
    quota::MAX_QUOTAS,
    store::Charge,
};
use palisade_core::{Decision, Moment, Timestamp};
use std::sync::MutexGuard;

/// The outcome, and whether some key found no room of its own.
pub(super) type Taken = (Outcome, bool);

/// Decides all charges, and makes them if all are admitted and `commit` says so.
#[inline]
pub(super) fn take(tables: &Tables, charges: &[Charge<'_>], now: Moment, commit: bool) -> Taken {
    if let [charge] = charges {
        let (id, address) = tables.address(charge);
        let blocked = tables.blocked(charge, now);
        let mut shard = tables.lock(id);
        if let Some((at, cell)) = slot(&shard, &address, now, &[]) {
            let (decision, next) = decide(charge, cell, blocked, now);
            let made = commit && decision.admitted;
            if made && let Some(next) = next {
                shard.store(at, address.spot.fingerprint, next);
            }
            return (Outcome::of_one(decision, made.then(|| charged(charge, next))), false);
        }
    }
    take_several(tables, charges, now, commit)
}

/// A decided charge that waits for the others.
#[derive(Clone, Copy)]
struct Pending<'a> {
    charge: Charge<'a>,
    at: At,
    fingerprint: u64,
    cell: Option<Cell>,
    decision: Decision,
    next: Option<Cell>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Slot { shard: ShardId, at: usize },
    Overflow(usize),
}

fn take_several(tables: &Tables, charges: &[Charge<'_>], now: Moment, commit: bool) -> Taken {
    let mut shards = Shards::lock(tables, charges);
    let mut overflow: Option<MutexGuard<'_, Cells>> = None;
    let mut pending: [Option<Pending<'_>>; MAX_QUOTAS] = [None; MAX_QUOTAS];
    for (nth, charge) in charges.iter().enumerate().take(MAX_QUOTAS) {
        let (id, address) = tables.address(charge);
        let earlier = pending.iter().flatten();
        // Slots that charges before this one are going to use.
        let mut taken = [usize::MAX; MAX_QUOTAS];
        for (place, pending) in taken.iter_mut().zip(earlier.clone()) {
            if let At::Slot { shard, at } = pending.at
                && shard == id
            {
                *place = at;
            }
        }
        let found = shards.get(id).and_then(|shard| slot(shard, &address, now, &taken));
        let (at, cell) = found.map(|(at, cell)| (At::Slot { shard: id, at }, cell)).unwrap_or_else(|| {
            let cells = overflow.get_or_insert_with(|| tables.overflow.lock());
            let place = cells.place(charge.quota.identity());
            let shared = earlier.filter(|pending| pending.at == At::Overflow(place));
            let before = shared.filter_map(|pending| pending.next).next_back();
            (At::Overflow(place), before.or_else(|| cells.load(place)))
        });
        let (decision, next) = decide(charge, cell, tables.blocked(charge, now), now);
        let fingerprint = address.spot.fingerprint;
        pending[nth] = Some(Pending { charge: *charge, at, fingerprint, cell, decision, next });
    }
    let admitted = pending.iter().flatten().all(|pending| pending.decision.admitted);
    let (mut outcome, mut receipt) = (Outcome::new(), Receipt::new());
    for pending in pending.iter().flatten() {
        outcome.push(if admitted { pending.decision } else { pending.unmade(now) });
        receipt.push(pending.charged());
        let (true, Some(next)) = (admitted && commit, pending.next) else { continue };
        match (pending.at, &mut overflow) {
            (At::Slot { shard, at }, _) => {
                if let Some(shard) = shards.get(shard) {
                    shard.store(at, pending.fingerprint, next);
                }
            }
            (At::Overflow(at), Some(cells)) => cells.store(at, next),
            (At::Overflow(_), None) => {}
        }
    }
    if admitted && commit {
        outcome = outcome.with_receipt(receipt);
    }
    (outcome, overflow.is_some())
}

impl Pending<'_> {
    /// The decision where another charge was refused, so that this one is not made either: there is room, and it is still there.
    fn unmade(&self, now: Moment) -> Decision {
        if !self.decision.admitted {
            return self.decision;
        }
        self.charge.quota.step(self.cell, &self.charge.key, now, 0).0
    }

    fn charged(&self) -> Charged {
        match self.at {
            At::Slot { .. } => charged(&self.charge, self.next),
            At::Overflow(_) => Charged { cost: self.charge.cost, lineage: SHARED },
        }
    }
}

/// The slot of a key and what stands there; `None` where there is no room.
#[inline]
fn slot(shard: &Shard, address: &Address, now: Moment, taken: &[usize]) -> Option<(usize, Option<Cell>)> {
    match shard.find(&address.spot, now.mono, taken) {
        Place::Held(at) => Some((at, shard.load(at, now.mono))),
        Place::Free(at) => Some((at, None)),
        Place::Full => None,
    }
}

#[inline]
fn decide(
    charge: &Charge<'_>,
    cell: Option<Cell>,
    blocked: Option<Timestamp>,
    now: Moment,
) -> (Decision, Option<Cell>) {
    let (decision, next) = charge.quota.step(cell, &charge.key, now, charge.cost);
    let Some(until) = blocked else { return (decision, next) };
    let decision = Decision {
        admitted: false,
        remaining: 0,
        reset: decision.reset.max(until),
        next: decision.next.max(until),
        retry: decision.retry.map(|retry| retry.max(until)),
        ..decision
    };
    (decision, None)
}

#[inline]
fn charged(charge: &Charge<'_>, cell: Option<Cell>) -> Charged {
    let lineage = cell.map_or(0, |cell| charge.quota.lineage(cell));
    Charged { cost: charge.cost, lineage }
}

/// The lineage of a charge to an overflow cell: no counter of its own will ever match it.
const SHARED: u64 = u64::MAX;

/// The shards of several charges, locked in the one order.
struct Shards<'a>([Option<(ShardId, MutexGuard<'a, Shard>)>; MAX_QUOTAS]);

impl<'a> Shards<'a> {
    fn lock(tables: &'a Tables, charges: &[Charge<'_>]) -> Self {
        let mut ids: [Option<ShardId>; MAX_QUOTAS] = [None; MAX_QUOTAS];
        for (id, charge) in ids.iter_mut().zip(charges) {
            *id = Some(tables.address(charge).0);
        }
        ids.sort_unstable();
        let mut locked: [Option<(ShardId, MutexGuard<'a, Shard>)>; MAX_QUOTAS] = Default::default();
        let mut last = None;
        for (place, id) in locked.iter_mut().zip(ids) {
            if id != last
                && let Some(id) = id
            {
                *place = Some((id, tables.lock(id)));
            }
            last = id;
        }
        Self(locked)
    }

    fn get(&mut self, id: ShardId) -> Option<&mut Shard> {
        self.0.iter_mut().flatten().find(|(of, _)| *of == id).map(|(_, guard)| &mut **guard)
    }
}
