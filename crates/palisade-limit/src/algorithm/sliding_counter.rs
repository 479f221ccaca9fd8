//! Two counts that stand for a window that slides.
//!
//! A key's windows are as long as the period and follow one another from its first request on. What counts is what the window under way
//! has admitted, and the share of the last window's count that still overlaps a period which ends now, rounded up:
//!
//! ```text
//! estimate = ceil( previous * (W - elapsed) / W ) + current
//! ```
//!
//! A cell holds both counts, 32 bits each, and the time at which the estimate becomes 0: the end of the window under way where that
//! has admitted nothing, else the end of the one after it. The start of the window follows from those.

use super::{adjustment::Adjustment, cell::Cell};
use crate::{outcome::Charged, quota::Quota};
use palisade_core::{Decision, Timestamp};

pub(super) fn step(quota: &Quota, cell: Option<Cell>, now: Timestamp, cost: u32) -> (Decision, Option<Cell>) {
    let counts = Counts::at(quota, cell, now);
    if cost > quota.capacity() {
        return (Decision { admitted: false, retry: None, ..counts.decision() }, None);
    }
    if cost == 0 {
        return (counts.decision(), None);
    }
    let most = counts.limit - u64::from(cost);
    if counts.estimate() > most {
        return (Decision { admitted: false, retry: Some(counts.when(most)), ..counts.decision() }, None);
    }
    let charged = Counts { current: counts.current + u64::from(cost), ..counts };
    (charged.decision(), Some(charged.cell()))
}

/// `lineage` of a charge is the end of the window it was made in, which may be the last one by now.
pub(super) fn settle(
    quota: &Quota,
    cell: Option<Cell>,
    now: Timestamp,
    charged: Charged,
    cost: u32,
) -> Option<Cell> {
    let cell = cell.filter(|cell| cell.until() > now)?;
    let mut counts = Counts::at(quota, Some(cell), now);
    let most = counts.most();
    let count = match charged.lineage {
        end if end == counts.end().as_nanos() => &mut counts.current,
        end if end == counts.start.as_nanos() => &mut counts.previous,
        _ => return None,
    };
    let before = *count;
    *count = if cost <= charged.cost {
        before.saturating_sub(u64::from(charged.cost - cost))
    } else {
        (before + u64::from(cost - charged.cost)).min(most).max(before)
    };
    (*count != before).then(|| counts.cell())
}

pub(super) fn adjusted(
    quota: &Quota,
    cell: Option<Cell>,
    now: Timestamp,
    adjustment: Adjustment,
) -> Option<Cell> {
    let before = Counts::at(quota, cell, now);
    let mut after = Counts { current: adjustment.of(before.current, before.most()), ..before };
    if let Adjustment::Give(amount) = adjustment {
        let left = u64::from(amount).saturating_sub(before.current);
        after.previous = before.previous.saturating_sub(left);
    }
    let is_changed = (after.previous, after.current) != (before.previous, before.current);
    is_changed.then(|| after.cell())
}

/// The lineage of a charge that led to this cell.
#[inline]
pub(super) fn lineage(quota: &Quota, cell: Cell) -> u64 {
    cell.until().as_nanos().saturating_sub(quota.period_nanos())
}

/// Both counts at a point in time.
#[derive(Clone, Copy)]
struct Counts {
    limit: u64,
    window: u64,
    now: Timestamp,
    start: Timestamp,
    previous: u64,
    current: u64,
}

impl Counts {
    #[inline]
    fn at(quota: &Quota, cell: Option<Cell>, now: Timestamp) -> Self {
        let (limit, window) = (u64::from(quota.capacity()), quota.period_nanos());
        let fresh = Self { limit, window, now, start: now, previous: 0, current: 0 };
        let Some(cell) = cell.filter(|cell| cell.until() > now) else { return fresh };
        let (previous, current) = (cell.used() >> 32, cell.used() & u64::from(u32::MAX));
        let lasts = if current == 0 { window } else { 2 * window };
        // A start in the future: the clock jumped back; nobody waits longer than two windows for that.
        let start = Timestamp::from_nanos(cell.until().as_nanos().saturating_sub(lasts)).min(now);
        if now.nanos_since(start) < window {
            Self { start, previous, current, ..fresh }
        } else {
            Self { start: start.plus_nanos(window), previous: current, ..fresh }
        }
    }

    #[inline]
    fn cell(&self) -> Cell {
        let until = match (self.previous, self.current) {
            (0, 0) => self.now,
            (_, 0) => self.end(),
            (_, _) => self.end().plus_nanos(self.window),
        };
        Cell::new(until, self.previous << 32 | self.current)
    }

    /// What a window's count can become by what is owed.
    fn most(&self) -> u64 {
        (2 * self.limit).min(u64::from(u32::MAX))
    }

    #[inline]
    fn end(&self) -> Timestamp {
        self.start.plus_nanos(self.window)
    }

    #[inline]
    fn estimate(&self) -> u64 {
        let left = self.window.saturating_sub(self.now.nanos_since(self.start));
        let overlap = match self.previous.checked_mul(left) {
            Some(product) => product.div_ceil(self.window),
            None => wide(self.previous, left, self.window, u128::div_ceil),
        };
        overlap + self.current
    }

    /// When the estimate will be no more than `most`, if nobody else comes; for estimates that are more than that now.
    fn when(&self, most: u64) -> Timestamp {
        if self.current <= most {
            self.start.plus_nanos(self.fade(self.previous, most - self.current))
        } else {
            self.end().plus_nanos(self.fade(self.current, most))
        }
    }

    /// The smallest part of a window after which `previous` counts for no more than `most`:
    /// `previous * (W - e) <= most * W` solved for `e`.
    fn fade(&self, previous: u64, most: u64) -> u64 {
        if previous <= most {
            return 0;
        }
        let kept = match most.checked_mul(self.window) {
            Some(product) => product / previous,
            None => wide(most, self.window, previous, |a, b| a / b),
        };
        self.window - kept
    }

    /// What a key with these counts has; as if admitted.
    #[inline]
    fn decision(&self) -> Decision {
        let (limit, now) = (self.limit as u32, self.now);
        let used = self.estimate();
        // At most the limit, which came from 32 bits.
        let remaining = self.limit.saturating_sub(used);
        let (reset, next) = match used {
            0 => (now, now),
            _ => (self.when(0), self.when(self.limit - remaining - 1)),
        };
        Decision { admitted: true, limit, remaining: remaining as u32, reset, next, retry: Some(now) }
    }
}

/// `divide(a * b, c)` where the product needs more than 64 bits and the quotient does not.
#[cold]
fn wide(a: u64, b: u64, c: u64, divide: impl FnOnce(u128, u128) -> u128) -> u64 {
    u64::try_from(divide(u128::from(a) * u128::from(b), u128::from(c))).unwrap_or(u64::MAX)
}
