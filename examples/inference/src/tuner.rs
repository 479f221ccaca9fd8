//! What holds now of what may be changed.

use crate::{limits, tuning::Tuning};
use arc_swap::ArcSwap;
use palisade::{RateLimit, limit::LimitError};
use std::sync::{Arc, Mutex, PoisonError};

/// What holds now, and the one place where it is changed.
#[derive(Debug)]
pub struct Tuner {
    now: ArcSwap<Tuning>,
    caller: RateLimit,
    changing: Mutex<()>,
}

impl Tuner {
    /// Puts this into force, and into the limit of callers.
    ///
    /// # Errors
    ///
    /// Where it is no limit.
    pub fn new(tuning: Tuning) -> Result<Self, LimitError> {
        let caller = limits::caller(tuning.requests_per_minute)?;
        Ok(Self { now: ArcSwap::from_pointee(tuning), caller, changing: Mutex::new(()) })
    }

    /// What holds now.
    #[must_use]
    pub fn now(&self) -> Arc<Tuning> {
        self.now.load_full()
    }

    /// The limit of callers.
    #[must_use]
    pub const fn caller_limit(&self) -> &RateLimit {
        &self.caller
    }

    /// Puts `after` into force at once where `before` still holds; `false` where somebody was faster.
    ///
    /// # Errors
    ///
    /// Where it is no limit; then nothing changed.
    pub fn change(&self, before: &Arc<Tuning>, after: Tuning) -> Result<bool, LimitError> {
        // Two at once could leave the limit of the one beside the figures of the other.
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&self.now.load(), before) {
            return Ok(false);
        }
        self.caller.replace(&limits::plans(after.requests_per_minute)?)?;
        self.now.store(Arc::new(after));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::TuningChange;

    #[test]
    fn of_two_changes_of_the_same_the_first_one_wins() {
        let tuner = Tuner::new(Tuning::new(10)).unwrap();
        let before = tuner.now();
        let change = |cache| before.with(&TuningChange { cache: Some(cache), ..TuningChange::default() });
        assert!(tuner.change(&before, change(false)).unwrap());
        assert!(!tuner.change(&before, change(true)).unwrap());
        assert!(!tuner.now().cache && tuner.now().max_prompt == 10);
    }
}
