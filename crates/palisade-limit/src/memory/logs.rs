//! Logs in a shard: a slot holds both ends of a chain of entries.

use super::{
    pool::{Chain, Pool},
    shard::Shard,
    slots::{Place, Spot},
    width::LOG,
};
use crate::{
    algorithm::{
        Adjustment,
        sliding_log::{self, Entries, Entry},
    },
    outcome::Charged,
    quota::{MAX_QUOTAS, Quota},
};
use palisade_core::{Decision, Timestamp};

/// Slots that one call looks at for chains whose time has passed, when no entry is spare.
const SWEPT: usize = 1_024;

impl Shard<'_> {
    /// The slot of a key and the log there; `None` where there is no room for a new one.
    pub(super) fn log_slot(
        &mut self,
        spot: &Spot,
        now: Timestamp,
        taken: &[usize],
    ) -> Option<(usize, Chain)> {
        let (at, chain) = match self.find(spot, now, taken) {
            Place::Held(at) => (at, self.chain(at, now)),
            Place::Free(at) => (at, Chain::default()),
            Place::Full => return None,
        };
        // Every charge of one call may need an entry.
        (chain.count > 0 || self.has_room(now)).then_some((at, chain))
    }

    /// Decides one charge.
    pub(super) fn look(&self, chain: Chain, quota: &Quota, now: Timestamp, cost: u32) -> Decision {
        let newest = self.desk.pool.at(chain.newest);
        let oldest_first = self.desk.pool.walk(chain);
        sliding_log::decide(quota, &Entries { oldest_first, newest, total: chain.total.into() }, now, cost)
    }

    /// Records a charge that was admitted; says also whether it had to be merged with an older one for want of room, which then counts
    /// for longer.
    pub(super) fn record(
        &mut self,
        at: usize,
        tag: u64,
        quota: &Quota,
        now: Timestamp,
        cost: u32,
    ) -> (Charged, bool) {
        let mut chain = self.chain(at, now);
        if chain.count == 0 {
            self.forget(at);
        }
        self.desk.pool.trim(&mut chain, |entry| sliding_log::end(quota, entry) <= now);
        let newest = self.desk.pool.at(chain.newest);
        let entry = Entry { at: newest.map_or(now, |newest| newest.max(now)), cost };
        let merge = |newest: Entry| Entry { cost: newest.cost.saturating_add(cost), ..entry };
        let mut merged = false;
        if newest == Some(entry.at) {
            self.desk.pool.replace_newest(&mut chain, merge);
        } else if cost > 0 && !self.desk.pool.append(&mut chain, entry) {
            merged = true;
            self.desk.pool.replace_newest(&mut chain, merge);
        }
        self.keep(at, tag, quota, chain);
        (Charged { cost, lineage: entry.at.as_nanos() }, merged)
    }

    /// Corrects a charge in the log of this slot.
    pub(super) fn correct(&mut self, at: usize, quota: &Quota, now: Timestamp, charged: Charged, cost: u32) {
        let Some([tag, _, _, _]) = self.words(at) else { return };
        let mut chain = self.chain(at, now);
        if chain.count == 0 {
            return;
        }
        self.desk.pool.trim(&mut chain, |entry| sliding_log::end(quota, entry) <= now);
        let total = chain.total.into();
        self.desk.pool.correct(&mut chain, Timestamp::from_nanos(charged.lineage), |entry| {
            sliding_log::settled(quota, total, entry.cost, charged.cost, cost)
        });
        self.keep(at, tag, quota, chain);
    }

    /// Takes what is charged now, or gives back what ends next.
    pub(super) fn adjust(
        &mut self,
        at: usize,
        tag: u64,
        quota: &Quota,
        now: Timestamp,
        adjustment: Adjustment,
    ) {
        let mut chain = self.chain(at, now);
        if chain.count == 0 {
            self.forget(at);
        }
        self.desk.pool.trim(&mut chain, |entry| sliding_log::end(quota, entry) <= now);
        match adjustment {
            Adjustment::Take(cost) => {
                let after = adjustment.of(chain.total.into(), 2 * u64::from(quota.capacity()));
                self.keep(at, tag, quota, chain);
                let cost = u32::try_from(after).unwrap_or(u32::MAX).saturating_sub(chain.total).min(cost);
                self.record(at, tag, quota, now, cost);
            }
            Adjustment::Give(mut amount) => {
                self.desk.pool.trim(&mut chain, |entry| {
                    let is_given = entry.cost <= amount;
                    amount = if is_given { amount - entry.cost } else { amount };
                    is_given
                });
                if let Some(oldest) = self.desk.pool.at(chain.oldest) {
                    self.desk.pool.correct(&mut chain, oldest, |entry| entry.cost.saturating_sub(amount));
                }
                self.keep(at, tag, quota, chain);
            }
        }
    }

    /// Empties a slot.
    pub(super) fn forget(&mut self, at: usize) {
        if let Some([_, _, ends, sums]) = self.words(at) {
            self.desk.pool.give_back(chain(ends, sums));
        }
        self.put(at, [0; LOG]);
    }

    /// What stands in a slot, unless its time has passed.
    fn chain(&self, at: usize, now: Timestamp) -> Chain {
        match self.words(at) {
            Some([_, until, ends, sums]) if until > now.as_nanos() => chain(ends, sums),
            _ => Chain::default(),
        }
    }

    fn keep(&mut self, at: usize, tag: u64, quota: &Quota, chain: Chain) {
        let until = self
            .desk
            .pool
            .at(chain.newest)
            .map_or(0, |newest| sliding_log::end(quota, Entry { at: newest, cost: 0 }).as_nanos());
        let ends = u64::from(chain.oldest) << 32 | u64::from(chain.newest);
        let sums = u64::from(chain.count) << 32 | u64::from(chain.total);
        self.put(at, [tag, until, ends, sums]);
    }

    /// Whether there are entries for all charges of a call; takes back some of those whose time has passed where there are not.
    fn has_room(&mut self, now: Timestamp) -> bool {
        for _ in 0..SWEPT {
            if self.desk.pool.spare() >= MAX_QUOTAS as u32 {
                return true;
            }
            let at = self.next_slot();
            if let Some([_, until, ends, _]) = self.words(at)
                && ends > 0
                && until <= now.as_nanos()
            {
                self.forget(at);
            }
        }
        self.desk.pool.spare() >= MAX_QUOTAS as u32
    }
}

fn chain(ends: u64, sums: u64) -> Chain {
    Chain { oldest: (ends >> 32) as u32, newest: ends as u32, count: (sums >> 32) as u32, total: sums as u32 }
}

/// Entries of a shard with logs of so many keys: eight a key, and in small ones enough for several keys with the longest logs.
pub(super) fn pool(keys: usize, width: usize) -> Pool {
    let entries = if width == LOG { (8 * keys).max(16 * 1_024) } else { 0 };
    Pool::new(u32::try_from(entries).unwrap_or(u32::MAX / 2))
}
