//! The generic cell rate algorithm, as a token bucket.
//!
//! The one number of a cell is the theoretical arrival time: the moment at which the bucket is full again. All arithmetic is
//! in whole nanoseconds relative to now, so it neither rounds nor overflows. The only rounding is that of the interval, when the
//! quota is made: upwards by less than a nanosecond, so a unit is never early and less than a nanosecond late.

use super::{adjustment::Adjustment, cell::Cell};
use crate::{outcome::Charged, quota::Quota};
use palisade_core::{Decision, Timestamp};

#[inline(always)]
pub(super) fn step(quota: &Quota, cell: Option<Cell>, now: Timestamp, cost: u32) -> (Decision, Option<Cell>) {
    let bucket = Bucket::of(quota);
    let debt = bucket.debt(cell, now);
    if cost > quota.capacity() {
        return (Decision { admitted: false, retry: None, ..bucket.decision(debt, now) }, None);
    }
    let after = debt + u64::from(cost) * bucket.interval;
    if cost == 0 {
        return (bucket.decision(debt, now), None);
    }
    if after > bucket.tolerance {
        let retry = Some(now.plus_nanos(after - bucket.tolerance));
        return (Decision { admitted: false, retry, ..bucket.decision(debt, now) }, None);
    }
    (bucket.decision(after, now), Some(Cell::new(now.plus_nanos(after), 0)))
}

/// `lineage` of a charge is 0: a bucket has one life.
pub(super) fn settle(
    quota: &Quota,
    cell: Option<Cell>,
    now: Timestamp,
    charged: Charged,
    cost: u32,
) -> Option<Cell> {
    if charged.lineage != 0 {
        return None;
    }
    let bucket = Bucket::of(quota);
    let debt = bucket.debt(cell, now);
    let settled = if cost <= charged.cost {
        debt.saturating_sub(u64::from(charged.cost - cost).saturating_mul(bucket.interval))
    } else {
        let more = u64::from(cost - charged.cost).saturating_mul(bucket.interval);
        debt.saturating_add(more).min(bucket.deepest())
    };
    (settled != debt).then(|| Cell::new(now.plus_nanos(settled), 0))
}

pub(super) fn adjusted(
    quota: &Quota,
    cell: Option<Cell>,
    now: Timestamp,
    adjustment: Adjustment,
) -> Option<Cell> {
    let (charged, cost) = match adjustment {
        Adjustment::Give(amount) => (amount, 0),
        Adjustment::Take(cost) => (0, cost),
    };
    settle(quota, cell, now, Charged { cost: charged, lineage: 0 }, cost)
}

/// A quota in nanoseconds.
struct Bucket {
    capacity: u32,
    interval: u64,
    /// How long the whole bucket takes to fill; at most ten years and some seconds.
    tolerance: u64,
}

impl Bucket {
    #[inline]
    fn of(quota: &Quota) -> Self {
        let (capacity, interval) = (quota.capacity(), quota.interval_nanos());
        Self { capacity, interval, tolerance: interval * u64::from(capacity) }
    }

    /// How far below full the bucket is. A clock that jumped back makes a client wait no longer than the deepest debt.
    #[inline]
    fn debt(&self, cell: Option<Cell>, now: Timestamp) -> u64 {
        cell.map_or(0, |cell| cell.until().nanos_since(now).min(self.deepest()))
    }

    const fn deepest(&self) -> u64 {
        2 * self.tolerance
    }

    /// What a bucket with this debt has; as if admitted.
    #[inline]
    fn decision(&self, debt: u64, now: Timestamp) -> Decision {
        let room = self.tolerance.saturating_sub(debt);
        // At most the capacity, because the room is at most the tolerance.
        let remaining = (room / self.interval) as u32;
        let next = if remaining >= self.capacity {
            debt
        } else {
            // Not before the debt has shrunk to what leaves one unit more.
            debt - (self.tolerance - (u64::from(remaining) + 1) * self.interval).min(debt)
        };
        Decision {
            admitted: true,
            limit: self.capacity,
            remaining,
            reset: now.plus_nanos(debt),
            next: now.plus_nanos(next),
            retry: Some(now),
        }
    }
}
