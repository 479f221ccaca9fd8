//! How long to wait before the next attempt.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(100);
/// Short enough that a server that came back is in use again within five seconds.
const LONGEST: Duration = Duration::from_secs(2);

/// Full jitter: anything up to 100 ms, and up to twice as much after each failure, 2 seconds at most.
pub(crate) fn after(failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST.saturating_mul(factor).min(LONGEST).mul_f64(random())
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
        for (failures, most) in [(0, 100), (1, 100), (2, 200), (5, 1_600), (6, 2_000), (u32::MAX, 2_000)] {
            for _ in 0..50 {
                assert!(after(failures) <= Duration::from_millis(most), "{failures}");
            }
        }
    }
}
