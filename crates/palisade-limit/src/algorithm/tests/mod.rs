mod governor;
mod laws;
mod obeying;
mod oracle;

use super::*;
use crate::{Align, quota};
use palisade_core::UnixTime;

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
    log: Log,
    now: u64,
}

impl Counter {
    fn new(quota: Quota) -> Self {
        Self { quota, key: Key::from_bytes([0x5a; 16]), cell: None, log: Log::new(), now: 0 }
    }

    fn take(&mut self, cost: u32) -> Decision {
        let (decision, next) = self.step(self.now, cost);
        if self.quota.algorithm() == Algorithm::SlidingLog {
            if decision.admitted && cost > 0 {
                self.log.record(&self.quota, at(self.now), cost);
            }
        } else {
            assert_eq!(next.is_some(), decision.admitted && cost > 0);
            self.cell = next.or(self.cell);
        }
        decision
    }

    /// Takes, and says what a receipt would.
    fn take_for(&mut self, cost: u32) -> Option<Charged> {
        let admitted = self.take(cost).admitted;
        let lineage = match (self.quota.algorithm(), self.cell) {
            (Algorithm::SlidingLog, _) => at(self.now).mono.as_nanos(),
            (_, cell) => cell.map_or(0, |cell| self.quota.lineage(cell)),
        };
        admitted.then_some(Charged { cost, lineage })
    }

    fn settle(&mut self, charged: Charged, cost: u32) {
        self.log.settle(&self.quota, at(self.now), charged, cost);
        self.cell = self.quota.settle(self.cell, at(self.now), charged, cost).or(self.cell);
    }

    fn look(&self, nanos: u64, cost: u32) -> Decision {
        self.step(nanos, cost).0
    }

    fn step(&self, nanos: u64, cost: u32) -> (Decision, Option<Cell>) {
        if self.quota.algorithm() == Algorithm::SlidingLog {
            return (self.log.look(&self.quota, at(nanos), cost), None);
        }
        self.quota.step(self.cell, &self.key, at(nanos), cost)
    }

    /// Nanoseconds on this test's scale.
    fn nanos(point: Timestamp) -> u64 {
        point.as_nanos() - START
    }
}

/// One quota of each kind, all of the same count and period.
fn each(count: u32) -> Vec<Quota> {
    let options = [
        "",
        " fixed",
        " fixed epoch",
        " fixed first-hit",
        " fixed calendar",
        " fixed calendar -03:30",
        " sliding",
        " strict",
    ];
    options.into_iter().map(|option| format!("{count}/day{option}").parse().unwrap()).collect()
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
    for quota in each(5) {
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
    for quota in each(10).into_iter().chain([quota!("5/second burst 10")]) {
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
        quota!("5/minute sliding"),
        quota!("5/minute strict"),
        quota!("5/week fixed calendar"),
    ] {
        let (mut steady, mut stepped) = (None, None);
        let (mut log, mut stepped_log) = (Log::new(), Log::new());
        let key = Key::from_bytes([1; 16]);
        for nth in 0..1_000_u64 {
            let now = at(nth * SECOND / 20);
            let wall = match nth % 3 {
                1 => now.wall.as_nanos() - hour,
                2 => now.wall.as_nanos() + hour,
                _ => now.wall.as_nanos(),
            };
            let then = Moment { wall: UnixTime::from_nanos(wall), ..now };
            if quota.algorithm() == Algorithm::SlidingLog {
                let decision = log.look(&quota, now, 1);
                assert_eq!(decision, stepped_log.look(&quota, then, 1));
                if decision.admitted {
                    log.record(&quota, now, 1);
                    stepped_log.record(&quota, then, 1);
                }
                continue;
            }
            let (a, next) = quota.step(steady, &key, now, 1);
            steady = next.or(steady);
            let (b, next) = quota.step(stepped, &key, then, 1);
            stepped = next.or(stepped);
            assert_eq!(a, b);
        }
    }
}

#[test]
fn a207_time_that_jumps_saturates() {
    let ends = [0, 1, START, u64::MAX - 1, u64::MAX];
    for quota in [
        quota!("1 per 3650 days"),
        quota!("1 per 3650 days fixed"),
        quota!("1000000/second fixed epoch"),
        quota!("4294967295 per 3650 days sliding"),
        quota!("1/month fixed calendar -14:00"),
        quota!("1/second sliding"),
    ] {
        for (from, to) in ends.into_iter().flat_map(|from| ends.map(|to| (from, to))) {
            let moment = |n| Moment { mono: Timestamp::from_nanos(n), wall: UnixTime::from_nanos(n) };
            let (_, cell) = quota.step(None, &Key::from_bytes([0xff; 16]), moment(from), quota.capacity());
            let (decision, _) = quota.step(cell, &Key::from_bytes([0xff; 16]), moment(to), 1);
            assert!(decision.remaining <= decision.limit);
        }
    }
    for quota in [quota!("1000 per 3650 days strict"), quota!("1/second strict")] {
        for (from, to) in ends.into_iter().flat_map(|from| ends.map(|to| (from, to))) {
            let moment = |n| Moment { mono: Timestamp::from_nanos(n), wall: UnixTime::from_nanos(n) };
            let mut log = Log::new();
            log.record(&quota, moment(from), quota.capacity());
            log.record(&quota, moment(to), 1);
            assert!(log.look(&quota, moment(to), 1).remaining <= quota.capacity());
        }
    }
    // A clock that jumps back by a day makes nobody wait for a day.
    for quota in [
        quota!("1/minute"),
        quota!("1/minute fixed"),
        quota!("1/minute fixed first-hit"),
        quota!("1/minute sliding"),
        quota!("1/minute strict"),
    ] {
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
fn windows_of_the_calendar_end_with_it() {
    let end = |quota: Quota, nanos| {
        let end = quota.window_end(&Key::from_bytes([1; 16]), at(nanos)).unwrap();
        at(nanos).wall_of(end).as_secs()
    };
    // 2023-11-14 22:13:20 UTC, a Tuesday.
    assert_eq!(end(quota!("5/day fixed calendar"), 0), 1_700_006_400);
    assert_eq!(end(quota!("5/day fixed calendar"), 7), 1_700_006_400);
    assert_eq!(end(quota!("5/day fixed calendar +02:00"), 0), 1_700_006_400 + 22 * 3_600);
    assert_eq!(end(quota!("5/week fixed calendar"), 0), 1_700_438_400);
    assert_eq!(end(quota!("5/month fixed calendar"), 0), 1_701_388_800);
    assert_eq!(end(quota!("5/month fixed calendar -14:00"), 0), 1_701_388_800 + 14 * 3_600);
    assert_eq!(quota!("5/month fixed calendar").window_secs(), 31 * 86_400);
    // A whole December: 31 days, not cut to 30.
    let mut counter = Counter::new(quota!("5/month fixed calendar"));
    counter.now = (1_701_388_800 - 1_700_000_000) * SECOND;
    counter.take(5);
    let retry = counter.take(1).retry.unwrap();
    assert_eq!(Counter::nanos(retry) - counter.now, 31 * 86_400 * SECOND);
    assert!(!counter.look(Counter::nanos(retry) - 1, 1).admitted);
}

#[test]
fn a_sliding_counter_weighs_the_last_window_by_what_overlaps() {
    let mut counter = Counter::new(quota!("10/minute sliding"));
    let minute = 60 * SECOND;
    assert_eq!(counter.take(8).remaining, 2);
    // A quarter into the next window six of the eight still count.
    counter.now = minute + minute / 4;
    assert_eq!(counter.look(counter.now, 0).remaining, 4);
    assert_eq!(counter.take(4).remaining, 0);
    let refused = counter.take(1);
    // One of eight is gone after an eighth of a window more.
    assert_eq!(refused.retry.map(Counter::nanos), Some(counter.now + minute / 8));
    assert_eq!(Counter::nanos(refused.reset), 3 * minute);
    // All ten at once have to wait for the end of the window after this one.
    assert_eq!(counter.take(10).retry.map(Counter::nanos), Some(3 * minute));
    // A fraction counts as a whole: never more than the quota.
    assert_eq!(counter.look(minute + minute / 4 + 1, 0).remaining, 0);
}

#[test]
fn a_sliding_log_forgets_each_charge_after_exactly_one_period() {
    let mut counter = Counter::new(quota!("5/minute strict"));
    for (now, cost) in [(0, 2), (10, 1), (20, 2)] {
        counter.now = now * SECOND;
        assert!(counter.take(cost).admitted);
    }
    let waits = [1, 2, 3, 4, 5].map(|cost| counter.look(20 * SECOND, cost).retry.map(Counter::nanos));
    assert_eq!(waits, [60, 60, 70, 80, 80].map(|at| Some(at * SECOND)));
    assert!(!counter.look(60 * SECOND - 1, 1).admitted);
    assert_eq!(counter.look(60 * SECOND, 0).remaining, 2);
    assert_eq!(Counter::nanos(counter.look(20 * SECOND, 0).reset), 80 * SECOND);
    // What is charged at one moment is one entry.
    let mut log = Log::new();
    let quota = quota!("1000/minute strict");
    (0..1_000).for_each(|_| {
        log.record(&quota, at(0), 1);
    });
    let mut once = Log::new();
    once.record(&quota, at(0), 1_000);
    assert_eq!(log, once);
    assert!(!log.is_outdated(&quota, at(60 * SECOND - 1)) && log.is_outdated(&quota, at(60 * SECOND)));
}

#[test]
fn settling_gives_back_and_takes_more() {
    for quota in each(10) {
        let day = 86_400 * SECOND;
        let settled = |charged: fn(&mut Charged), cost, now| {
            let mut counter = Counter::new(quota);
            counter.take(3);
            let mut receipt = counter.take_for(4).unwrap();
            charged(&mut receipt);
            counter.now = now;
            counter.settle(receipt, cost);
            counter
        };
        let left = |charged, cost| settled(charged, cost, 0).look(0, 0).remaining;
        let same = |_: &mut Charged| {};
        assert_eq!(left(same, 4), 3);
        assert_eq!(left(same, 5), 2);
        assert_eq!(left(same, u32::MAX), 0);
        // Those of a log that were made at one moment are one entry; of others the first three stay.
        assert_eq!((left(same, 0), left(same, 1)), (7, 6));
        // Whatever is owed is paid within two periods.
        let deep = settled(same, u32::MAX, 0);
        assert_eq!(deep.look(2 * day, 0).remaining, 10, "{quota}");
        // After its life, or to another one, there is nothing to give back.
        assert_eq!(settled(same, 0, 2 * day).look(2 * day, 0).remaining, 10);
        assert_eq!(left(|charged| charged.lineage = 7, 0), 3);
    }
}

#[test]
fn a_refund_finds_the_last_window_of_a_sliding_counter() {
    let mut counter = Counter::new(quota!("10/minute sliding"));
    let receipt = counter.take_for(8).unwrap();
    counter.now = 60 * SECOND;
    assert_eq!(counter.take(1).remaining, 1);
    counter.settle(receipt, 2);
    assert_eq!(counter.look(counter.now, 0).remaining, 7);
    // And leaves what is in the window under way alone.
    let receipt = counter.take_for(3).unwrap();
    counter.settle(receipt, 0);
    assert_eq!(counter.look(counter.now, 0).remaining, 7);
    assert_eq!(counter.look(120 * SECOND, 0).remaining, 9);
    assert_eq!(counter.look(180 * SECOND, 0).remaining, 10);
}
