//! Every charge of the last period, one by one.
//!
//! A charge made at `t` counts until `t + W`, and no longer at that very moment: whoever waits exactly so long passes.

use crate::quota::Quota;
use palisade_core::{Decision, Timestamp};

/// What was charged at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) cost: u32,
}

/// A log, however it is kept. Outdated entries at its beginning do no harm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries<I> {
    /// In the order of time; none has cost 0.
    pub(crate) oldest_first: I,
    pub(crate) newest: Option<Timestamp>,
    /// The sum of all costs, outdated ones too.
    pub(crate) total: u64,
}

/// When an entry ceases to count.
#[inline]
pub(crate) const fn end(quota: &Quota, entry: Entry) -> Timestamp {
    entry.at.plus_nanos(quota.period_nanos())
}

/// Decides one charge.
pub(crate) fn decide(
    quota: &Quota,
    log: &Entries<impl Iterator<Item = Entry> + Clone>,
    now: Timestamp,
    cost: u32,
) -> Decision {
    let (limit, window) = (u64::from(quota.capacity()), quota.period_nanos());
    // Entries of the future: the clock jumped back; nobody waits longer than two windows for that.
    let latest = now.plus_nanos(2 * window);
    let mut ends = log.oldest_first.clone().map(|entry| (end(quota, entry).min(latest), entry.cost));
    let mut total = log.total;
    let mut live = ends.clone();
    while let Some((end, cost)) = ends.next()
        && end <= now
    {
        total = total.saturating_sub(u64::from(cost));
        live = ends.clone();
    }
    // When the sum will be no more than `most`: when the entry that makes it so has gone.
    let when = |most: u64| {
        let (mut left, mut then) = (total, now);
        for (end, cost) in live.clone() {
            if left <= most {
                break;
            }
            (left, then) = (left.saturating_sub(u64::from(cost)), end);
        }
        then
    };
    let decided = |used: u64| {
        let remaining = limit.saturating_sub(used);
        let end_of_now = now.plus_nanos(window);
        let (reset, next) = match (used, used > total) {
            (0, _) => (now, now),
            // What is charged now is the last to go, and the first where there is nothing else.
            (_, true) => {
                (log.newest.map_or(now, |newest| newest.plus_nanos(window).min(latest)).max(end_of_now), {
                    if total == 0 { end_of_now } else { when(total - 1) }
                })
            }
            (_, false) => (
                log.newest.map_or(now, |newest| newest.plus_nanos(window).min(latest)),
                when(limit - remaining - 1),
            ),
        };
        Decision {
            admitted: true,
            limit: quota.capacity(),
            remaining: remaining as u32,
            reset,
            next,
            retry: Some(now),
        }
    };
    if cost > quota.capacity() {
        return Decision { admitted: false, retry: None, ..decided(total) };
    }
    let after = total + u64::from(cost);
    if cost > 0 && after > limit {
        return Decision { admitted: false, retry: Some(when(limit - u64::from(cost))), ..decided(total) };
    }
    decided(after)
}

/// What an entry's cost becomes where `charged` of it really was `cost`; debts make the sum at most two capacities.
pub(crate) fn settled(quota: &Quota, total: u64, entry: u32, charged: u32, cost: u32) -> u32 {
    if cost <= charged {
        return entry.saturating_sub(charged - cost);
    }
    let room = (2 * u64::from(quota.capacity())).saturating_sub(total);
    entry.saturating_add(u32::try_from(room).unwrap_or(u32::MAX).min(cost - charged))
}
