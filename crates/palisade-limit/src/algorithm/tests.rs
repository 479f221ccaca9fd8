use super::*;
use crate::quota;
use governor::clock::FakeRelativeClock;
use palisade_core::{Timestamp, UnixTime};
use proptest::prelude::*;
use std::{num::NonZeroU32, time::Duration};

const SECOND: u64 = 1_000_000_000;
const START: u64 = 3_600 * SECOND;

fn at(nanos: u64) -> Moment {
    let wall = UnixTime::from_nanos(1_700_000_000 * SECOND + nanos);
    Moment { mono: Timestamp::from_nanos(START + nanos), wall }
}

/// A counter and the time.
struct Counter {
    quota: Quota,
    key: Key,
    cell: Option<Cell>,
    now: u64,
}

impl Counter {
    fn new(quota: Quota) -> Self {
        Self { quota, key: Key::from_bytes([0x5a; 16]), cell: None, now: 0 }
    }

    fn take(&mut self, cost: u32) -> Decision {
        let (decision, next) = self.quota.step(self.cell, &self.key, at(self.now), cost);
        assert_eq!(next.is_some(), decision.admitted && cost > 0);
        self.cell = next.or(self.cell);
        decision
    }

    fn look(&self, nanos: u64, cost: u32) -> Decision {
        self.quota.step(self.cell, &self.key, at(nanos), cost).0
    }

    /// Nanoseconds on this test's scale.
    fn nanos(point: Timestamp) -> u64 {
        point.as_nanos() - START
    }
}

#[test]
fn a199_a_burst_of_ten_then_five_a_second() {
    let mut counter = Counter::new(quota!("5/second burst 10"));
    for left in (0..10).rev() {
        let decision = counter.take(1);
        assert!(decision.admitted);
        assert_eq!((decision.remaining, decision.limit), (left, 10));
    }
    let refused = counter.take(1);
    assert!(!refused.admitted && refused.remaining == 0);
    assert_eq!(refused.retry.map(Counter::nanos), Some(SECOND / 5));
    assert_eq!(Counter::nanos(refused.next), SECOND / 5);
    assert_eq!(Counter::nanos(refused.reset), 2 * SECOND);
}

#[test]
fn a203_refused_requests_cost_nothing() {
    for quota in [quota!("5/second"), quota!("5/second fixed"), quota!("5/second fixed first-hit")] {
        let mut counter = Counter::new(quota);
        while counter.take(1).admitted {}
        let wait = counter.look(0, 1).retry.unwrap();
        for _ in 0..100 {
            assert_eq!(counter.take(1).retry, Some(wait));
        }
        counter.now = Counter::nanos(wait);
        assert!(counter.take(1).admitted);
    }
}

#[test]
fn a204_costs_at_the_edges() {
    for quota in [quota!("5/second burst 10"), quota!("10/minute fixed")] {
        let mut counter = Counter::new(quota);
        let peek = counter.take(0);
        assert!(peek.admitted && peek.remaining == 10 && peek.reset == at(0).mono);
        for never in [11, u32::MAX] {
            let decision = counter.take(never);
            assert_eq!((decision.admitted, decision.retry, decision.remaining), (false, None, 10));
        }
        let whole = counter.take(10);
        assert!(whole.admitted && whole.remaining == 0);
        assert!(counter.take(0).admitted);
    }
}

#[test]
fn a206_steps_of_the_wall_clock_change_nothing() {
    let hour = 3_600 * SECOND;
    for quota in [
        quota!("5/second burst 10"),
        quota!("5/minute fixed"),
        quota!("5/minute fixed epoch"),
        quota!("5/minute fixed first-hit"),
    ] {
        let (mut steady, mut stepped) = (None, None);
        let key = Key::from_bytes([1; 16]);
        for nth in 0..1_000_u64 {
            let now = at(nth * SECOND / 20);
            let wall = match nth % 3 {
                0 => now.wall.as_nanos() - hour,
                1 => now.wall.as_nanos() + hour,
                _ => now.wall.as_nanos(),
            };
            let (a, next) = quota.step(steady, &key, now, 1);
            steady = next.or(steady);
            let (b, next) = quota.step(stepped, &key, Moment { wall: UnixTime::from_nanos(wall), ..now }, 1);
            stepped = next.or(stepped);
            assert_eq!(a, b);
        }
    }
}

#[test]
fn a207_time_that_jumps_saturates() {
    let ends = [0, 1, START, u64::MAX - 1, u64::MAX];
    for quota in
        [quota!("1 per 3650 days"), quota!("1 per 3650 days fixed"), quota!("1000000/second fixed epoch")]
    {
        for (from, to) in ends.into_iter().flat_map(|from| ends.map(|to| (from, to))) {
            let moment = |n| Moment { mono: Timestamp::from_nanos(n), wall: UnixTime::from_nanos(n) };
            let (_, cell) = quota.step(None, &Key::from_bytes([0xff; 16]), moment(from), quota.capacity());
            let (decision, _) = quota.step(cell, &Key::from_bytes([0xff; 16]), moment(to), 1);
            assert!(decision.remaining <= decision.limit);
        }
    }
    // A clock that jumps back by a day makes nobody wait for a day.
    for quota in [quota!("1/minute"), quota!("1/minute fixed"), quota!("1/minute fixed first-hit")] {
        let mut counter = Counter::new(quota);
        counter.now = 86_400 * SECOND;
        counter.take(1);
        let wait = counter.look(0, 1).retry.map(Counter::nanos);
        assert!(wait.is_some_and(|wait| wait <= 120 * SECOND), "{wait:?}");
    }
}

#[test]
fn windows_end_where_their_alignment_says() {
    let ends = |quota: Quota, key: u8, nanos| {
        let (_, cell) = quota.step(None, &Key::from_bytes([key; 16]), at(nanos), 1);
        Counter::nanos(cell.unwrap().until())
    };
    // 1,700,000,000 is 20 seconds into a minute.
    assert_eq!(ends(quota!("5/minute fixed epoch"), 1, 0), 40 * SECOND);
    assert_eq!(ends(quota!("5/minute fixed epoch"), 2, 41 * SECOND), 100 * SECOND);
    assert_eq!(ends(quota!("5/minute fixed first-hit"), 1, 7), 60 * SECOND + 7);
    let (a, b) = (ends(quota!("5/minute fixed"), 1, 0), ends(quota!("5/minute fixed"), 2, 0));
    assert!(a != b && a <= 60 * SECOND && b <= 60 * SECOND);
    assert_eq!(ends(quota!("5/minute fixed"), 1, a), a + 60 * SECOND);
}

#[test]
fn settling_gives_back_and_takes_more() {
    for quota in [quota!("10/minute"), quota!("10/minute fixed first-hit")] {
        let mut counter = Counter::new(quota);
        counter.take(3);
        counter.take(4);
        let lineage = match quota.algorithm() {
            Algorithm::Gcra => 0,
            Algorithm::FixedWindow(_) => counter.cell.unwrap().until().as_nanos(),
        };
        let charged = Charged { cost: 4, lineage };
        let settle = |cell, cost, now| quota.settle(cell, at(now), charged, cost);
        let left = |cell: Option<Cell>| quota.step(cell, &counter.key, at(0), 0).0.remaining;
        assert_eq!(left(settle(counter.cell, 0, 0)), 7);
        assert_eq!(left(settle(counter.cell, 1, 0)), 6);
        assert_eq!(settle(counter.cell, 4, 0), None);
        assert_eq!(left(settle(counter.cell, 5, 0)), 2);
        assert_eq!(left(settle(counter.cell, u32::MAX, 0)), 0);
        // Whatever is owed is paid within two periods.
        let deep = settle(counter.cell, u32::MAX, 0);
        assert_eq!(quota.step(deep, &counter.key, at(120 * SECOND), 0).0.remaining, 10);
        // After its life there is nothing to give back.
        assert_eq!(settle(counter.cell, 0, 61 * SECOND), None);
        assert_eq!(quota.settle(counter.cell, at(0), Charged { cost: 4, lineage: 7 }, 0), None);
    }
}

fn quotas() -> impl Strategy<Value = Quota> {
    let count = prop_oneof![1..20_u32, 1..5_000_u32];
    let period = prop_oneof![Just(1), Just(60), 1..90_u32, Just(3_600)];
    (count, period, 1..50_u32, 0..5_u8).prop_map(|(count, period, burst, kind)| {
        let rate = crate::Rate::new(count, crate::Period::seconds(period));
        match kind {
            0 => rate,
            1 => rate.burst(burst),
            2 => rate.fixed_window(crate::Align::PerKeyOffset),
            3 => rate.fixed_window(crate::Align::Epoch),
            _ => rate.fixed_window(crate::Align::FirstHit),
        }
        .quota()
        .unwrap()
    })
}

/// Gaps between requests, from nothing to several periods, and costs.
fn traffic() -> impl Strategy<Value = Vec<(u64, u32)>> {
    let gap = prop_oneof![Just(0), 0..1_000_u64, 0..SECOND, 0..200 * SECOND];
    proptest::collection::vec((gap, prop_oneof![Just(1), 0..12_u32]), 1..120)
}

proptest! {
    #[test]
    fn no_stretch_of_time_admits_more_than_the_quota(quota in quotas(), traffic in traffic()) {
        let mut counter = Counter::new(quota);
        let mut admitted = Vec::new();
        for (gap, cost) in traffic {
            counter.now += gap;
            if counter.take(cost).admitted {
                admitted.push((counter.now, u64::from(cost)));
            }
        }
        for (first, &(start, _)) in admitted.iter().enumerate() {
            let mut sum = 0;
            for &(end, cost) in &admitted[first..] {
                sum += cost;
                let bound = match quota.algorithm() {
                    Algorithm::Gcra => u64::from(quota.capacity()) + (end - start) / quota.interval_nanos(),
                    // A stretch that is not longer than n windows touches at most n + 1 of them.
                    Algorithm::FixedWindow(_) => {
                        ((end - start).div_ceil(quota.period_nanos()) + 1) * u64::from(quota.capacity())
                    }
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
        if counter.take(cost).admitted {
            let lineage = match quota.algorithm() {
                Algorithm::Gcra => 0,
                Algorithm::FixedWindow(_) => counter.cell.unwrap().until().as_nanos(),
            };
            let back = quota.settle(counter.cell, at(counter.now), Charged { cost, lineage }, 0);
            counter.cell = back.or(counter.cell);
            prop_assert_eq!(counter.look(counter.now, 0), before);
        }
    }

    #[test]
    fn buckets_agree_with_governor(
        interval in prop_oneof![1_000..5_000_u64, 1_000_000..2_000_000_000_u64],
        burst in 1..40_u32,
        traffic in traffic(),
    ) {
        // An interval that both libraries can state: one unit in so many whole nanoseconds needs a period of whole seconds.
        let count = u32::try_from(SECOND.div_ceil(interval)).unwrap().max(1);
        let quota = crate::Rate::per_second(count).burst(burst).quota().unwrap();
        let theirs = governor::Quota::with_period(Duration::from_nanos(quota.interval_nanos())).unwrap();
        let clock = FakeRelativeClock::default();
        let theirs = governor::RateLimiter::direct_with_clock(
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
                    let wait = not_until.wait_time_from(governor::clock::Clock::now(&clock));
                    prop_assert!(!told.admitted);
                    prop_assert_eq!(Counter::nanos(told.retry.unwrap()) - ours.now, wait.as_nanos() as u64);
                }
            }
        }
    }
}
