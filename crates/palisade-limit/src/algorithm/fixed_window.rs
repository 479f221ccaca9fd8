//! A count that starts again with each window.
//!
//! A cell is the end of its window and what the window has admitted. The end is monotonic and fixed when the window opens, so
//! a step of the wall clock neither closes nor opens a window that is under way.

use super::{
    adjustment::Adjustment,
    calendar::{Span, nanos_until_end},
    cell::Cell,
};
use crate::{
    outcome::Charged,
    quota::{Align, Quota},
};
use palisade_core::{Decision, Key, Moment, Timestamp};

#[inline]
pub(super) fn step(
    quota: &Quota,
    align: Align,
    cell: Option<Cell>,
    key: &Key,
    now: Moment,
    cost: u32,
) -> (Decision, Option<Cell>) {
    let limit = quota.capacity();
    let (end, used) = under_way(quota, align, cell, key, now);
    let decided = |used: u64| {
        let end = if used == 0 { now.mono } else { end };
        let remaining = u32::try_from(u64::from(limit).saturating_sub(used)).unwrap_or(0);
        Decision { admitted: true, limit, remaining, reset: end, next: end, retry: Some(now.mono) }
    };
    if cost > limit {
        return (Decision { admitted: false, retry: None, ..decided(used) }, None);
    }
    let after = used.saturating_add(u64::from(cost));
    if cost == 0 {
        return (decided(used), None);
    }
    if after > u64::from(limit) {
        return (Decision { admitted: false, retry: Some(end), ..decided(used) }, None);
    }
    (decided(after), Some(Cell::new(end, after)))
}

/// `lineage` of a charge is the end of the window it was made in.
pub(super) fn settle(
    quota: &Quota,
    cell: Option<Cell>,
    now: Timestamp,
    charged: Charged,
    cost: u32,
) -> Option<Cell> {
    let cell = cell.filter(|cell| cell.until() > now && cell.until().as_nanos() == charged.lineage)?;
    let used = if cost <= charged.cost {
        cell.used().saturating_sub(u64::from(charged.cost - cost))
    } else {
        let most = 2 * u64::from(quota.capacity());
        cell.used().saturating_add(u64::from(cost - charged.cost)).min(most)
    };
    (used != cell.used()).then(|| Cell::new(cell.until(), used))
}

pub(super) fn adjusted(
    quota: &Quota,
    align: Align,
    cell: Option<Cell>,
    key: &Key,
    now: Moment,
    adjustment: Adjustment,
) -> Option<Cell> {
    let (end, used) = under_way(quota, align, cell, key, now);
    let after = adjustment.of(used, 2 * u64::from(quota.capacity()));
    (after != used).then(|| Cell::new(end, after))
}

/// The end of the window under way, and what it has admitted.
#[inline]
fn under_way(quota: &Quota, align: Align, cell: Option<Cell>, key: &Key, now: Moment) -> (Timestamp, u64) {
    match cell.filter(|cell| cell.until() > now.mono) {
        // Further away than a window is long: the clock jumped back; nobody waits longer than a window for that.
        Some(cell) => (cell.until().min(now.mono.plus_nanos(quota.longest_window_nanos())), cell.used()),
        None => (end_of_new(quota, align, key, now), 0),
    }
}

#[inline]
pub(super) fn end_of_new(quota: &Quota, align: Align, key: &Key, now: Moment) -> Timestamp {
    let window = quota.period_nanos();
    let into = match align {
        Align::FirstHit => 0,
        Align::Epoch => now.wall.as_nanos() % window,
        Align::PerKeyOffset => {
            let [.., a, b, c, d, e, f, g, h] = *key.as_bytes();
            let offset = u64::from_le_bytes([a, b, c, d, e, f, g, h]) % window;
            // Both parts are shorter than a window, so their sum fits.
            (now.mono.as_nanos() % window + offset) % window
        }
        Align::Calendar(offset) => {
            let span = match quota.period().as_secs() {
                86_400 => Span::Day,
                604_800 => Span::Week,
                _ => Span::Month,
            };
            return now.mono.plus_nanos(nanos_until_end(span, offset, now.wall));
        }
    };
    now.mono.plus_nanos(window - into)
}
