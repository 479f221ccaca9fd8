//! What is remembered under a sliding log.

use super::sliding_log::{self, Entries, Entry};
use crate::{outcome::Charged, quota::Quota};
use palisade_core::{Decision, Moment};
use std::collections::VecDeque;

/// What a key was charged within the last period, one by one: what a store keeps for a quota of
/// [`Algorithm::SlidingLog`](crate::Algorithm::SlidingLog), where others have a [`Cell`](crate::Cell).
///
/// It has at most as many entries as the quota's count, and none that is outdated once something was recorded.
///
/// ```
/// use palisade_core::{ManualClock, UnixTime};
/// use palisade_limit::{Log, quota};
///
/// let (quota, mut log) = (quota!("2/minute strict"), Log::new());
/// let now = ManualClock::new(UnixTime::from_secs(1_700_000_000)).now();
/// for left in [1, 0] {
///     assert!(log.look(&quota, now, 1).admitted);
///     log.record(&quota, now, 1);
///     assert_eq!(log.look(&quota, now, 0).remaining, left);
/// }
/// assert_eq!(log.look(&quota, now, 1).retry, Some(now.mono.plus_nanos(60_000_000_000)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    entries: VecDeque<Entry>,
    total: u64,
}

impl Log {
    /// An empty log, which is that of a rested key.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: VecDeque::new(), total: 0 }
    }

    /// Decides one charge and records nothing; a cost of 0 looks.
    #[must_use]
    pub fn look(&self, quota: &Quota, now: Moment, cost: u32) -> Decision {
        sliding_log::decide(quota, &self.entries(), now.mono, cost)
    }

    /// Records a charge that was admitted, and forgets what is outdated.
    pub fn record(&mut self, quota: &Quota, now: Moment, cost: u32) -> Charged {
        self.trim(quota, now);
        let newest = self.entries.back().map(|entry| entry.at);
        let at = newest.map_or(now.mono, |newest| newest.max(now.mono));
        match self.entries.back_mut().filter(|newest| newest.at == at) {
            Some(newest) => newest.cost = newest.cost.saturating_add(cost),
            None if cost > 0 => self.entries.push_back(Entry { at, cost }),
            None => {}
        }
        self.total += u64::from(cost);
        Charged { cost, lineage: at.as_nanos() }
    }

    /// Corrects a charge once its real cost is known. What was charged too much comes back while the charge is in the log; what was
    /// charged too little is taken as a debt of at most one capacity.
    pub fn settle(&mut self, quota: &Quota, now: Moment, charged: Charged, cost: u32) {
        self.trim(quota, now);
        let total = self.total;
        let Some(at) = self.entries.iter().position(|entry| entry.at.as_nanos() == charged.lineage) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(at) {
            let settled = sliding_log::settled(quota, total, entry.cost, charged.cost, cost);
            self.total = total.saturating_sub(u64::from(entry.cost)) + u64::from(settled);
            entry.cost = settled;
            if settled == 0 {
                self.entries.remove(at);
            }
        }
    }

    /// Charges so much whatever is left, into a debt of at most one capacity.
    pub fn penalize(&mut self, quota: &Quota, now: Moment, cost: u32) {
        self.trim(quota, now);
        let room = (2 * u64::from(quota.capacity())).saturating_sub(self.total);
        let _ = self.record(quota, now, u32::try_from(room).unwrap_or(u32::MAX).min(cost));
    }

    /// Gives so much back of what ends next.
    pub fn reward(&mut self, quota: &Quota, now: Moment, amount: u32) {
        self.trim(quota, now);
        let mut left = amount;
        while left > 0
            && let Some(oldest) = self.entries.front_mut()
        {
            let given = oldest.cost.min(left);
            (oldest.cost, left) = (oldest.cost - given, left - given);
            self.total = self.total.saturating_sub(u64::from(given));
            if oldest.cost == 0 {
                self.entries.pop_front();
            }
        }
    }

    /// Whether nothing in it matters any more.
    #[must_use]
    pub fn is_outdated(&self, quota: &Quota, now: Moment) -> bool {
        self.entries.back().is_none_or(|newest| sliding_log::end(quota, *newest) <= now.mono)
    }

    fn trim(&mut self, quota: &Quota, now: Moment) {
        while let Some(oldest) = self.entries.front().copied()
            && sliding_log::end(quota, oldest) <= now.mono
        {
            self.entries.pop_front();
            self.total = self.total.saturating_sub(u64::from(oldest.cost));
        }
    }

    fn entries(&self) -> Entries<impl Iterator<Item = Entry> + Clone> {
        let newest = self.entries.back().map(|entry| entry.at);
        Entries { oldest_first: self.entries.iter().copied(), newest, total: self.total }
    }
}
