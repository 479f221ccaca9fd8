//! What a quota decides: pure functions of a cell, a moment and a cost.

mod adjustment;
mod calendar;
mod cell;
mod fixed_window;
mod gcra;
mod log;
mod sliding_counter;
pub(crate) mod sliding_log;
#[cfg(test)]
mod tests;

pub(crate) use adjustment::Adjustment;
pub use cell::Cell;
pub use log::Log;

use crate::{
    outcome::Charged,
    quota::{Algorithm, Align, Quota},
};
use palisade_core::{Decision, Key, Moment, Timestamp};

impl Quota {
    /// Decides one charge: what there was, when, and how much is asked for; gives the decision and the cell to be stored, or
    /// `None` where nothing changes (a refusal, or a cost of 0, which only looks).
    ///
    /// A store is: load the cell of ([`Key`], [`Quota::identity`]), call this, write back, all in one step. A cell whose
    /// [`until`](Cell::until) has passed means the same as no cell and need not be kept. `key` places the windows of
    /// [`Align::PerKeyOffset`](crate::Align::PerKeyOffset).
    ///
    /// A quota of [`Algorithm::SlidingLog`] has no cell but a [`Log`]; asked here it refuses everything.
    ///
    /// ```
    /// use palisade_core::{Key, ManualClock, UnixTime};
    /// use palisade_limit::quota;
    ///
    /// let (quota, key) = (quota!("1/minute"), Key::from_bytes([1; 16]));
    /// let now = ManualClock::new(UnixTime::from_secs(1_700_000_000)).now();
    /// let (first, cell) = quota.step(None, &key, now, 1);
    /// let (second, unchanged) = quota.step(cell, &key, now, 1);
    /// assert!(first.admitted && !second.admitted && unchanged.is_none());
    /// assert_eq!(second.retry, Some(now.mono.plus_nanos(60_000_000_000)));
    /// ```
    #[inline]
    #[must_use]
    pub fn step(&self, cell: Option<Cell>, key: &Key, now: Moment, cost: u32) -> (Decision, Option<Cell>) {
        match self.algorithm() {
            Algorithm::Gcra => self.step_simply(None, cell, key, now, cost),
            Algorithm::FixedWindow(align) => self.step_simply(Some(align), cell, key, now, cost),
            Algorithm::SlidingCounter => sliding_counter::step(self, cell, now.mono, cost),
            Algorithm::SlidingLog => (self.refuse_all(now), None),
        }
    }

    /// What [`step`](Self::step) does for buckets, and for fixed windows of this alignment; small enough to be inlined where most
    /// requests are decided.
    #[inline]
    pub(crate) fn step_simply(
        &self,
        align: Option<Align>,
        cell: Option<Cell>,
        key: &Key,
        now: Moment,
        cost: u32,
    ) -> (Decision, Option<Cell>) {
        match align {
            None => gcra::step(self, cell, now.mono, cost),
            Some(align) => fixed_window::step(self, align, cell, key, now, cost),
        }
    }

    /// Corrects a charge once its real cost is known; gives the cell to be stored, or `None` where nothing changes.
    ///
    /// What was charged too much comes back, but never beyond what a rested key has, and never into a later window than it
    /// was taken from. What was charged too little is taken as a debt of at most one capacity.
    #[must_use]
    pub fn settle(&self, cell: Option<Cell>, now: Moment, charged: Charged, cost: u32) -> Option<Cell> {
        match self.algorithm() {
            Algorithm::Gcra => gcra::settle(self, cell, now.mono, charged, cost),
            Algorithm::FixedWindow(_) => fixed_window::settle(self, cell, now.mono, charged, cost),
            Algorithm::SlidingCounter => sliding_counter::settle(self, cell, now.mono, charged, cost),
            Algorithm::SlidingLog => None,
        }
    }

    /// Takes so much away whatever is left, into a debt of at most one capacity; gives the cell to be stored, or `None` where nothing
    /// changes.
    #[must_use]
    pub fn penalize(&self, cell: Option<Cell>, key: &Key, now: Moment, cost: u32) -> Option<Cell> {
        self.adjusted(cell, key, now, Adjustment::Take(cost))
    }

    /// Gives so much back, at most to where a rested key is; gives the cell to be stored, or `None` where nothing changes. What counts of
    /// an earlier window comes back after what counts of this one.
    #[must_use]
    pub fn reward(&self, cell: Option<Cell>, key: &Key, now: Moment, amount: u32) -> Option<Cell> {
        self.adjusted(cell, key, now, Adjustment::Give(amount))
    }

    pub(crate) fn adjusted(
        &self,
        cell: Option<Cell>,
        key: &Key,
        now: Moment,
        adjustment: Adjustment,
    ) -> Option<Cell> {
        match self.algorithm() {
            Algorithm::Gcra => gcra::adjusted(self, cell, now.mono, adjustment),
            Algorithm::FixedWindow(align) => fixed_window::adjusted(self, align, cell, key, now, adjustment),
            Algorithm::SlidingCounter => sliding_counter::adjusted(self, cell, now.mono, adjustment),
            Algorithm::SlidingLog => None,
        }
    }

    /// The [`Charged::lineage`] of a charge that led to this cell.
    #[inline]
    #[must_use]
    pub fn lineage(&self, cell: Cell) -> u64 {
        match self.algorithm() {
            Algorithm::FixedWindow(_) => cell.until().as_nanos(),
            Algorithm::SlidingCounter => sliding_counter::lineage(self, cell),
            Algorithm::Gcra | Algorithm::SlidingLog => 0,
        }
    }

    /// When a window that opens now will end; for stores that cannot tell by themselves where windows are. `None` where the
    /// quota has no fixed windows.
    #[must_use]
    pub fn window_end(&self, key: &Key, now: Moment) -> Option<Timestamp> {
        match self.algorithm() {
            Algorithm::FixedWindow(align) => Some(fixed_window::end_of_new(self, align, key, now)),
            Algorithm::Gcra | Algorithm::SlidingCounter | Algorithm::SlidingLog => None,
        }
    }

    /// The decision where nothing can be told.
    #[cold]
    pub(crate) fn refuse_all(&self, now: Moment) -> Decision {
        let later = now.mono.plus_nanos(self.period_nanos());
        let limit = self.capacity();
        Decision { admitted: false, limit, remaining: 0, reset: later, next: later, retry: Some(later) }
    }
}
