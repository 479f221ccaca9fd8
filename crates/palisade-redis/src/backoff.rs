//! How long to wait before the next attempt.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
const WHILE_ASKED: Duration = Duration::from_secs(1);

/// Full jitter: anything up to 100 ms, and up to twice as much after each failure, 10 seconds at most.
pub(crate) fn after(failures: u32) -> Duration {
    let most =
        FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX)).min(LONGEST);
    most.mul_f64(random())
}

/// While requests come, nobody waits longer than this: half a second to a second.
pub(crate) fn while_asked() -> Duration {
    WHILE_ASKED.mul_f64(f64::midpoint(1.0, random()))
}

/// From 0 to 1; nodes that failed together must not come back together, and nothing else hangs on it.
fn random() -> f64 {
    f64::from(RandomState::new().hash_one(0) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_bounded() {
        for (failures, most) in
            [(1, 100), (2, 200), (5, 1_600), (8, 10_000), (33, 10_000), (u32::MAX, 10_000)]
        {
            for _ in 0..50 {
                assert!(after(failures) <= Duration::from_millis(most), "{failures}");
            }
        }
        for _ in 0..50 {
            assert!((500..=1_000).contains(&while_asked().as_millis()));
        }
    }
}
