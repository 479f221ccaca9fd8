//! How often reads may be asked a second time.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const MOST: u32 = 100;
const PRICE: u32 = 10;

/// At most one repetition for ten reads that were answered, with ten at the beginning: a server in trouble does not get twice the load.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(MOST))
    }

    pub(crate) fn earn(&self) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |saved| (saved < MOST).then_some(saved + 1));
    }

    pub(crate) fn spend(&self) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(PRICE)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_ten() {
        let budget = Budget::new();
        assert_eq!((0..50).filter(|_| budget.spend()).count(), 10);
        for _ in 0..25 {
            budget.earn();
        }
        assert_eq!((0..50).filter(|_| budget.spend()).count(), 2);
    }
}
