//! Charging one counter, or several together.

use super::{
    overflow::Cells,
    pool::Chain,
    shard::Shard,
    slot::Slot,
    table::Address,
    tables::{ShardId, Tables},
    width::{NARROW, WIDE},
};
use crate::{
    algorithm::Cell,
    outcome::{Charged, Outcome, Receipt},
    quota::{Algorithm, Align, MAX_QUOTAS},
    store::Charge,
    sync::MutexGuard,
};
use palisade_core::{Decision, Moment, Timestamp};

/// The outcome, and whether some key found no room of its own.
pub(super) type Taken = (Outcome, bool);

/// A single charge that was decided: how, what follows at its counter, and whether that is one that keys without room share.
#[derive(Clone, Copy)]
pub(super) struct One {
    pub(super) decision: Decision,
    next: Option<Cell>,
    pub(super) is_shared: bool,
}

/// The short way of a single charge, which is made if it is admitted and `commit` says so: what `answer` makes of it. `None` for quotas
/// that need more than a few instructions.
// Always inlined, as are what it calls: a decision is a few dozen instructions, and its answer as many words to be copied. So it is
// handed on from where it is made.
#[inline(always)]
pub(super) fn take_one<R>(
    tables: &Tables,
    charge: &Charge<'_>,
    now: impl Fn() -> Moment,
    commit: bool,
    answer: impl Fn(One, Moment) -> R,
) -> Option<R> {
    match charge.quota.algorithm() {
        Algorithm::Gcra => Some(take_in::<NARROW, _>(tables, None, charge, now, commit, answer)),
        Algorithm::FixedWindow(align) => {
            Some(take_in::<WIDE, _>(tables, Some(align), charge, now, commit, answer))
        }
        Algorithm::SlidingCounter | Algorithm::SlidingLog => None,
    }
}

/// [`take_one`] of buckets, or of windows with this alignment.
#[inline(always)]
fn take_in<const WIDTH: usize, R>(
    tables: &Tables,
    align: Option<Align>,
    charge: &Charge<'_>,
    now: impl Fn() -> Moment,
    commit: bool,
    answer: impl Fn(One, Moment) -> R,
) -> R {
    let table = tables.simple(align.is_some());
    let near = table.near(charge);
    // Memory answers while the clock is read.
    table.expect::<WIDTH>(&near);
    let now = now();
    let blocked = tables.blocked(charge, now);
    let Some(slot) = table.slot::<WIDTH>(&near, charge, now.mono) else {
        return answer(take_shared(tables, charge, now, blocked, commit), now);
    };
    let (decision, next) =
        charge.quota.step_simply(align, slot.load(now.mono), &charge.key, now, charge.cost);
    if let Some(until) = blocked {
        return answer(One { decision: put_off(decision, until), next: None, is_shared: false }, now);
    }
    if commit && let Some(next) = next {
        slot.store(next);
    }
    answer(One { decision, next, is_shared: false }, now)
}

/// As [`take_one`], of a key that has no room of its own.
#[cold]
fn take_shared(
    tables: &Tables,
    charge: &Charge<'_>,
    now: Moment,
    blocked: Option<Timestamp>,
    commit: bool,
) -> One {
    let mut cells = tables.overflow.lock();
    let place = cells.place(charge.quota.identity());
    let (decision, next) = charge.quota.step(cells.load(place), &charge.key, now, charge.cost);
    if let Some(until) = blocked {
        return One { decision: put_off(decision, until), next: None, is_shared: true };
    }
    if commit && let Some(next) = next {
        cells.store(place, next);
    }
    One { decision, next, is_shared: true }
}

/// The whole answer of [`take_one`].
#[inline]
pub(super) fn outcome_of_one(charge: &Charge<'_>, one: One, commit: bool) -> Outcome {
    let made = commit && one.decision.admitted;
    let charged = match one.is_shared {
        false => charged(charge, one.next),
        true => Charged { cost: charge.cost, lineage: SHARED },
    };
    Outcome::of_one(one.decision, made.then_some(charged))
}

/// A decided charge that waits for the others.
#[derive(Clone, Copy)]
struct Pending<'a> {
    charge: Charge<'a>,
    at: At,
    tag: u64,
    decision: Decision,
    next: Option<Cell>,
}

/// Where a counter is, and what is there.
#[derive(Clone, Copy)]
enum At {
    Slot(ShardId, usize),
    Log(ShardId, usize, Chain),
    /// The cell or log that keys without room share.
    Overflow(usize),
    OverflowLog(Option<usize>),
}

impl At {
    fn slot(self) -> Option<(ShardId, usize)> {
        match self {
            Self::Slot(shard, at) | Self::Log(shard, at, _) => Some((shard, at)),
            Self::Overflow(_) | Self::OverflowLog(_) => None,
        }
    }
}

/// Everything that a call has locked.
struct Locked<'a> {
    tables: &'a Tables,
    /// The slots of the charges that have one.
    slots: [Option<Slot<'a>>; MAX_QUOTAS],
    shards: Shards<'a>,
    overflow: Option<MutexGuard<'a, Cells>>,
    now: Moment,
}

/// Decides all charges, and makes them if all are admitted and `commit` says so.
#[inline(never)]
pub(super) fn take_several(tables: &Tables, charges: &[Charge<'_>], now: Moment, commit: bool) -> Taken {
    let (slots, shards) = (Default::default(), Shards::lock(tables, charges));
    let mut locked = Locked { tables, slots, shards, overflow: None, now };
    let mut pending: [Option<Pending<'_>>; MAX_QUOTAS] = [None; MAX_QUOTAS];
    for (nth, charge) in charges.iter().enumerate().take(MAX_QUOTAS) {
        let (id, address) = tables.address(charge);
        let earlier = pending.split_at(nth).0;
        let at = locked.place(charge, id, &address, earlier);
        let (decision, next) = locked.decide(nth, at, charge, earlier);
        let (decision, next) = match tables.blocked(charge, now) {
            Some(until) => (put_off(decision, until), None),
            None => (decision, next),
        };
        pending[nth] = Some(Pending { charge: *charge, at, tag: address.spot.tag, decision, next });
    }
    let admitted = pending.iter().flatten().all(|pending| pending.decision.admitted);
    let (mut outcome, mut receipt) = (Outcome::new(), Receipt::new());
    let mut full = locked.overflow.is_some();
    for (nth, pending) in pending.iter().flatten().enumerate() {
        let mut decision = pending.decision;
        if !admitted && decision.admitted {
            // Another charge was refused, so that this one is not made either: there is room, and it is still there.
            let charge = Charge { cost: 0, ..pending.charge };
            decision = locked.decide(nth, pending.at, &charge, &[]).0;
        }
        outcome.push(decision);
        if admitted && commit {
            receipt.push(locked.make(nth, pending, &mut full));
        }
    }
    if admitted && commit {
        outcome = outcome.with_receipt(receipt);
    }
    (outcome, full)
}

impl<'a> Locked<'a> {
    /// Finds the counter of a charge, beside those of charges `earlier` in the same call.
    fn place(
        &mut self,
        charge: &Charge<'_>,
        id: ShardId,
        address: &Address,
        earlier: &[Option<Pending<'_>>],
    ) -> At {
        let now = self.now;
        // Slots that charges before this one are going to use.
        let mut taken = [usize::MAX; MAX_QUOTAS];
        for (place, pending) in taken.iter_mut().zip(earlier.iter().flatten()) {
            if let Some((shard, at)) = pending.at.slot()
                && shard == id
            {
                *place = at;
            }
        }
        let slots = &mut self.slots;
        let found = self.shards.get(id).and_then(|shard| {
            if id.is_log() {
                let (at, chain) = shard.log_slot(&address.spot, now.mono, &taken)?;
                return Some(At::Log(id, at, chain));
            }
            let (at, slot) = shard.enter(&address.spot, now.mono, &taken)?;
            *slots.get_mut(earlier.len())? = Some(slot);
            Some(At::Slot(id, at))
        });
        found.unwrap_or_else(|| {
            let tables = self.tables;
            let cells = self.overflow.get_or_insert_with(|| tables.overflow.lock());
            if id.is_log() {
                At::OverflowLog(cells.log_place(charge.quota, now))
            } else {
                At::Overflow(cells.place(charge.quota.identity()))
            }
        })
    }

    /// Decides the `nth` charge, after those `earlier` in the same call that share its counter.
    fn decide(
        &mut self,
        nth: usize,
        at: At,
        charge: &Charge<'_>,
        earlier: &[Option<Pending<'_>>],
    ) -> (Decision, Option<Cell>) {
        let (now, quota, cost) = (self.now, charge.quota, charge.cost);
        let earlier = earlier.iter().flatten();
        match at {
            At::Slot(..) => {
                let slot = self.slots.get(nth).and_then(Option::as_ref);
                quota.step(slot.and_then(|slot| slot.load(now.mono)), &charge.key, now, cost)
            }
            At::Log(id, _, chain) => {
                let shard = self.shards.get(id);
                let decision = shard.map(|shard| shard.look(chain, quota, now.mono, cost));
                (decision.unwrap_or_else(|| quota.refuse_all(now)), None)
            }
            At::Overflow(place) => {
                let shared = earlier.filter(|pending| matches!(pending.at, At::Overflow(at) if at == place));
                let before = shared.filter_map(|pending| pending.next).next_back();
                let cell = before.or_else(|| self.overflow.as_ref().and_then(|cells| cells.load(place)));
                quota.step(cell, &charge.key, now, cost)
            }
            At::OverflowLog(place) => {
                let cells = self.overflow.as_ref();
                let log = place.and_then(|place| cells.and_then(|cells| cells.log(place)));
                let Some(log) = log else { return (quota.refuse_all(now), None) };
                let mut log = log.clone();
                for pending in earlier.filter(|p| matches!(p.at, At::OverflowLog(at) if at == place)) {
                    log.record(quota, now, pending.charge.cost);
                }
                (log.look(quota, now, cost), None)
            }
        }
    }

    /// Makes the `nth` charge, which was admitted.
    fn make(&mut self, nth: usize, pending: &Pending<'_>, full: &mut bool) -> Charged {
        let Pending { charge, at, tag, next, .. } = pending;
        match (*at, &mut self.overflow) {
            (At::Slot(..), _) => {
                if let (Some(Some(slot)), Some(next)) = (self.slots.get(nth), *next) {
                    slot.store(next);
                }
                return charged(charge, *next);
            }
            (At::Log(id, at, _), _) if charge.cost > 0 => {
                if let Some(shard) = self.shards.get(id) {
                    let (quota, now) = (charge.quota, self.now.mono);
                    let (charged, merged) = shard.record(at, *tag, quota, now, charge.cost);
                    *full |= merged;
                    return charged;
                }
            }
            (At::Overflow(at), Some(cells)) => {
                if let Some(next) = *next {
                    cells.store(at, next);
                }
            }
            (At::OverflowLog(Some(at)), Some(cells)) => cells.record(at, self.now, charge.cost),
            _ => {}
        }
        Charged { cost: charge.cost, lineage: SHARED }
    }
}

/// The decision on a counter that is blocked.
#[cold]
fn put_off(decision: Decision, until: Timestamp) -> Decision {
    Decision {
        admitted: false,
        remaining: 0,
        reset: decision.reset.max(until),
        next: decision.next.max(until),
        retry: decision.retry.map(|retry| retry.max(until)),
        ..decision
    }
}

#[inline]
fn charged(charge: &Charge<'_>, cell: Option<Cell>) -> Charged {
    let lineage = cell.map_or(0, |cell| charge.quota.lineage(cell));
    Charged { cost: charge.cost, lineage }
}

/// The lineage of a charge to an overflow cell: no counter of its own will ever match it.
const SHARED: u64 = u64::MAX;

/// The shards of several charges, locked in the one order.
pub(super) struct Shards<'a>([Option<(ShardId, Shard<'a>)>; MAX_QUOTAS]);

impl<'a> Shards<'a> {
    pub(super) fn lock(tables: &'a Tables, charges: &[Charge<'_>]) -> Self {
        let mut ids: [Option<ShardId>; MAX_QUOTAS] = [None; MAX_QUOTAS];
        for (id, charge) in ids.iter_mut().zip(charges) {
            *id = Some(tables.address(charge).0);
        }
        ids.sort_unstable();
        let mut locked: [Option<(ShardId, Shard<'a>)>; MAX_QUOTAS] = Default::default();
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

    pub(super) fn get(&mut self, id: ShardId) -> Option<&mut Shard<'a>> {
        self.0.iter_mut().flatten().find(|(of, _)| *of == id).map(|(_, shard)| shard)
    }
}
