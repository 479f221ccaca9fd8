//! The same decisions as the governor crate.

use super::{laws::traffic, *};
use ::governor::clock::FakeRelativeClock;
use proptest::prelude::*;
use std::{num::NonZeroU32, time::Duration};

proptest! {
    #[test]
    fn buckets_agree_with_governor(
        interval in prop_oneof![1_000..5_000_u64, 1_000_000..2_000_000_000_u64],
        burst in 1..40_u32,
        traffic in traffic(),
    ) {
        // An interval that both libraries can state: one unit in so many whole nanoseconds needs a period of whole seconds.
        let count = u32::try_from(SECOND.div_ceil(interval)).unwrap().max(1);
        let quota = crate::Rate::per_second(count).burst(burst).quota().unwrap();
        let theirs = ::governor::Quota::with_period(Duration::from_nanos(quota.interval_nanos())).unwrap();
        let clock = FakeRelativeClock::default();
        let theirs = ::governor::RateLimiter::direct_with_clock(
            theirs.allow_burst(NonZeroU32::new(burst).unwrap()),
            clock.clone(),
        );
        let mut ours = Counter::new(quota);
        for (gap, cost) in traffic {
            ours.now += gap;
            clock.advance(Duration::from_nanos(gap));
            let Some(n) = NonZeroU32::new(cost) else { continue };
            let told = ours.take(cost);
            match theirs.check_n(n) {
                Err(_) => prop_assert_eq!(told.retry, None),
                Ok(Ok(())) => prop_assert!(told.admitted),
                Ok(Err(not_until)) => {
                    let wait = not_until.wait_time_from(::governor::clock::Clock::now(&clock));
                    prop_assert!(!told.admitted);
                    prop_assert_eq!(Counter::nanos(told.retry.unwrap()) - ours.now, wait.as_nanos() as u64);
                }
            }
        }
    }
}
