//! What a quota decides: pure functions of a cell, a moment and a cost.

mod cell;
mod fixed_window;
mod gcra;
#[cfg(test)]
mod tests;

pub use cell::Cell;

use crate::{
    outcome::Charged,
    quota::{Algorithm, Quota},
};
use palisade_core::{Decision, Key, Moment};

impl Quota {
    /// Decides one charge: what there was, when, and how much is asked for; gives the decision and the cell to be stored, or
    /// `None` where nothing changes (a refusal, or a cost of 0, which only looks).
    ///
    /// A store is: load the cell of ([`Key`], [`Quota::identity`]), call this, write back, all in one step. A cell whose
    /// [`until`](Cell::until) has passed means the same as no cell and need not be kept. `key` places the windows of
    /// [`Align::PerKeyOffset`](crate::Align::PerKeyOffset).
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
            Algorithm::Gcra => gcra::step(self, cell, now.mono, cost),
            Algorithm::FixedWindow(align) => fixed_window::step(self, align, cell, key, now, cost),
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
        }
    }
}
