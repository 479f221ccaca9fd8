//! What holds for every quota and all traffic.

use super::*;
use proptest::prelude::*;

pub(super) fn quotas() -> impl Strategy<Value = Quota> {
    let count = prop_oneof![1..20_u32, 1..5_000_u32];
    let period = prop_oneof![Just(1), Just(60), 1..90_u32, Just(3_600)];
    let span = prop_oneof![
        Just(crate::Period::days(1)),
        Just(crate::Period::weeks(1)),
        Just(crate::Period::month())
    ];
    (count, period, 1..50_u32, 0..8_u8, span, -840..=840_i16).prop_map(
        |(count, period, burst, kind, span, offset)| {
            let rate = crate::Rate::new(count, crate::Period::seconds(period));
            match kind {
                0 => rate,
                1 => rate.burst(burst),
                2 => rate.fixed_window(Align::PerKeyOffset),
                3 => rate.fixed_window(Align::Epoch),
                4 => rate.fixed_window(Align::FirstHit),
                5 => rate.sliding_counter(),
                6 => crate::Rate::new(count.min(1_000), crate::Period::seconds(period)).sliding_log(),
                _ => {
                    let offset = crate::UtcOffset::from_minutes(offset).unwrap();
                    crate::Rate::new(count, span).fixed_window(Align::Calendar(offset))
                }
            }
            .quota()
            .unwrap()
        },
    )
}

/// Gaps between requests, from nothing to several periods, and costs.
pub(super) fn traffic() -> impl Strategy<Value = Vec<(u64, u32)>> {
    let gap = prop_oneof![
        4 => Just(0),
        4 => 0..1_000_u64,
        4 => 0..SECOND,
        4 => 0..200 * SECOND,
        1 => 0..20 * 86_400 * SECOND,
    ];
    proptest::collection::vec((gap, prop_oneof![Just(1), 0..12_u32, 0..400_u32]), 1..120)
}

proptest! {
    #[test]
    fn no_stretch_of_time_admits_more_than_the_quota(quota in quotas(), traffic in traffic()) {
        let mut counter = Counter::new(quota);
        let mut admitted = Vec::new();
        for (gap, cost) in traffic {
            counter.now += gap;
            if counter.take(cost).admitted {
                admitted.push((counter.now, u128::from(cost)));
            }
        }
        for (first, &(start, _)) in admitted.iter().enumerate() {
            let (mut sum, limit) = (0, u128::from(quota.capacity()));
            for &(end, cost) in &admitted[first..] {
                sum += cost;
                let bound = match quota.algorithm() {
                    Algorithm::Gcra => limit + u128::from((end - start) / quota.interval_nanos()),
                    // A stretch that is not longer than n windows touches at most n + 1 of them; the shortest month has
                    // 28 days.
                    Algorithm::FixedWindow(align) => {
                        let shortest = match align {
                            Align::Calendar(_) => quota.period_nanos().min(28 * 86_400 * SECOND),
                            _ => quota.period_nanos(),
                        };
                        u128::from((end - start).div_ceil(shortest) + 1) * limit
                    }
                    Algorithm::SlidingCounter => {
                        limit + limit * u128::from(end - start) / u128::from(quota.period_nanos())
                    }
                    // So many half-open periods cover the stretch and both of its ends.
                    Algorithm::SlidingLog => u128::from((end - start) / quota.period_nanos() + 1) * limit,
                };
                prop_assert!(sum <= bound, "{sum} in {} ns, bound {bound}", end - start);
            }
        }
    }

    #[test]
    fn what_a_decision_says_is_so(quota in quotas(), traffic in traffic()) {
        let mut counter = Counter::new(quota);
        for (gap, cost) in traffic {
            counter.now += gap;
            let told = counter.take(cost);
            let (now, reset, next) = (counter.now, Counter::nanos(told.reset), Counter::nanos(told.next));
            prop_assert!(told.remaining <= told.limit && now <= next && next <= reset);
            // Remaining can be spent, and not more.
            prop_assert!(counter.look(now, told.remaining).admitted);
            prop_assert!(!counter.look(now, told.remaining + 1).admitted);
            // More is there at `next` and not before; all is there at `reset` and not before.
            if told.remaining < told.limit {
                prop_assert!(counter.look(next, 0).remaining > told.remaining);
                prop_assert_eq!(counter.look(next - 1, 0).remaining, told.remaining);
                prop_assert!(counter.look(reset - 1, 0).remaining < told.limit);
            }
            prop_assert_eq!(counter.look(reset, 0).remaining, told.limit);
            // Whoever waits exactly so long passes, and nobody needs to wait so long for less.
            match told.retry.map(Counter::nanos) {
                Some(retry) if told.admitted => prop_assert_eq!(retry, now),
                Some(retry) => {
                    prop_assert!(counter.look(retry, cost).admitted && !counter.look(retry - 1, cost).admitted);
                    prop_assert!(next <= retry && retry <= reset);
                }
                None => prop_assert!(cost > quota.capacity()),
            }
        }
    }

    #[test]
    fn what_is_given_back_was_never_taken(quota in quotas(), traffic in traffic(), cost in 1..12_u32) {
        let mut counter = Counter::new(quota);
        for (gap, cost) in traffic {
            counter.now += gap;
            counter.take(cost);
        }
        let before = counter.look(counter.now, 0);
        if let Some(charged) = counter.take_for(cost) {
            counter.settle(charged, 0);
            let after = counter.look(counter.now, 0);
            if matches!(quota.algorithm(), Algorithm::SlidingCounter) {
                // The estimate is the same; a window that began with the charge that came back may begin later.
                prop_assert_eq!((after.remaining, after.limit), (before.remaining, before.limit));
                prop_assert!(after.reset <= before.reset);
            } else {
                prop_assert_eq!(after, before);
            }
        }
    }

    #[test]
    fn settling_later_never_gives_more_than_was_taken(
        quota in quotas(),
        traffic in traffic(),
        real in prop_oneof![Just(0), 0..20_u32, Just(u32::MAX)],
    ) {
        let mut counter = Counter::new(quota);
        let mut open: Vec<(Charged, u32)> = Vec::new();
        for (nth, (gap, cost)) in traffic.into_iter().enumerate() {
            counter.now += gap;
            let before = counter.look(counter.now, 0).remaining;
            if nth % 3 == 2 && let Some((charged, real)) = open.pop() {
                counter.settle(charged, real);
                let after = counter.look(counter.now, 0);
                prop_assert!(after.remaining <= before.saturating_add(charged.cost).min(after.limit));
                prop_assert!(real > charged.cost || after.remaining >= before);
                // Debts are paid within two periods.
                let paid = counter.look(counter.now + 2 * quota.longest_window_nanos().max(quota.interval_nanos() * u64::from(quota.capacity())), 0);
                prop_assert_eq!(paid.remaining, paid.limit);
            } else if let Some(charged) = counter.take_for(cost) && cost > 0 {
                open.push((charged, real));
            }
        }
    }
}
