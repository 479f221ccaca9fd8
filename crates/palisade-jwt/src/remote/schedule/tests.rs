//! Tables and laws of the schedule.

use super::*;
use proptest::prelude::*;

const COOLDOWN: u64 = 30 * SECOND;
const KEYS: Outcome = Outcome::Keys { max_age: None };

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos((1_000 + seconds) * SECOND)
}

/// A schedule that has keys since 0.
fn loaded() -> Schedule {
    let mut schedule = Schedule::new(Pace::default(), at(0));
    assert_eq!(schedule.next(at(0)), Next::Round);
    schedule.ended(KEYS, at(0), 0.5);
    schedule
}

fn wait(schedule: &mut Schedule, now: Timestamp) -> f64 {
    match schedule.next(now) {
        Next::Wait(duration) => duration.as_secs_f64(),
        Next::Round => panic!("a round"),
    }
}

#[test]
fn a154_ages_are_clamped_and_jittered() {
    let check = |max_age, random, expected: u64| {
        assert_eq!(Pace::default().interval(max_age, random) / SECOND, expected, "{max_age:?} {random}");
    };
    check(None, 0.0, 540);
    check(None, 0.5, 600);
    check(None, 1.0, 660);
    check(Some(0), 0.0, 60);
    check(Some(0), 1.0, 66);
    check(Some(300), 0.5, 300);
    check(Some(315_360_000), 0.0, 77_760);
    check(Some(315_360_000), 1.0, 86_400);
    check(Some(u64::MAX), 1.0, 86_400);
    check(Some(86_400), f64::NAN, 77_760);
}

#[test]
fn a156_fifty_nodes_do_not_stay_together() {
    // The lots of fifty nodes: even steps stand for any that differ.
    let lots = || (0..50).map(|nth| f64::from(nth) / 49.0);
    let spread = |values: Vec<u64>| (*values.iter().min().unwrap(), *values.iter().max().unwrap());
    let (first, last) = spread(lots().map(|lot| Pace::default().interval(None, lot)).collect());
    assert_eq!((first / SECOND, last / SECOND), (540, 660));
    for (failures, least, most) in [
        (1, 500, 1_000),
        (2, 1_000, 2_000),
        (6, 16_000, 32_000),
        (7, 30_000, 60_000),
        (u32::MAX, 30_000, 60_000),
    ] {
        let (first, last) = spread(lots().map(|lot| pause(failures, lot) / 1_000_000).collect());
        assert_eq!((first, last), (least, most), "{failures}");
    }
}

#[test]
fn a138_strangers_cause_one_round_in_thirty_seconds() {
    let mut schedule = loaded();
    for second in 0..30 {
        assert_eq!(schedule.missing(at(second)), Verdict::Absent);
    }
    assert_eq!(schedule.missing(at(30)), Verdict::Wait { rounds: 2 });
    assert_eq!(schedule.missing(at(30)), Verdict::Wait { rounds: 2 });
    assert_eq!(schedule.next(at(30)), Next::Round);
    // Single flight: nothing else begins, everybody waits for this one.
    assert_eq!(schedule.missing(at(31)), Verdict::Wait { rounds: 2 });
    assert!(matches!(schedule.next(at(5_000)), Next::Wait(_)));
    schedule.ended(KEYS, at(32), 0.5);
    assert_eq!(schedule.still_missing(at(32)), Verdict::Absent);
    assert_eq!(schedule.missing(at(59)), Verdict::Absent);
    assert_eq!(schedule.missing(at(60)), Verdict::Wait { rounds: 3 });
}

#[test]
fn a153_a_key_that_comes_late_is_found_when_the_cooldown_is_over() {
    let mut schedule = loaded();
    // Nobody misses a key: the next round is the usual one.
    assert!(wait(&mut schedule, at(5)) > 500.0);
    // Somebody does, within the cooldown: they are refused, and it is looked for at its end without them.
    assert_eq!(schedule.missing(at(5)), Verdict::Absent);
    assert_eq!(wait(&mut schedule, at(5)), 25.0);
    assert_eq!(schedule.missing(at(29)), Verdict::Absent);
    assert_eq!(wait(&mut schedule, at(29)), 1.0);
    assert_eq!(schedule.next(at(30)), Next::Round);
    schedule.ended(KEYS, at(30), 0.5);
    assert!(wait(&mut schedule, at(31)) > 500.0);
    // Not there then either, as its issuer publishes late: the same once more, thirty seconds later.
    assert_eq!(schedule.still_missing(at(31)), Verdict::Absent);
    assert_eq!(schedule.missing(at(31)), Verdict::Absent);
    assert_eq!(wait(&mut schedule, at(31)), 29.0);
}

#[test]
fn a139_a_set_without_keys_does_not_open_the_cooldown() {
    let mut schedule = Schedule::new(Pace::default(), at(0));
    let mut rounds = 0;
    for tenth in 0..3_000 {
        let now = at(0).plus_nanos(tenth * SECOND / 10);
        assert_ne!(schedule.missing(now), Verdict::Absent);
        if schedule.next(now) == Next::Round {
            rounds += 1;
            schedule.ended(Outcome::Unusable, now, 0.0);
        }
    }
    assert_eq!(rounds, 10);
}

#[test]
fn a144_late_keys_are_used_for_a_day_and_alarm_after_an_hour() {
    let mut schedule = loaded();
    let check =
        |schedule: &Schedule, second, expected| assert_eq!(schedule.health(at(second)), expected, "{second}");
    check(&Schedule::new(Pace::default(), at(0)), 0, Health::None);
    schedule.ended(Outcome::Unreachable, at(700), 0.0);
    for (second, expected) in [
        (600, Health::Fresh),
        (601, Health::Late),
        (4_199, Health::Late),
        (4_200, Health::Alarming),
        (86_999, Health::Alarming),
        (87_000, Health::Dead),
        (u64::MAX / SECOND - 2_000, Health::Dead),
    ] {
        check(&schedule, second, expected);
    }
    assert_eq!(schedule.dead_at(), Some(at(87_000)));
    // Nobody can say whether an unknown key exists: the last round brought nothing.
    assert_eq!(schedule.missing(at(710)), Verdict::Wait { rounds: 3 });
    assert_eq!(schedule.next(at(710)), Next::Round);
    schedule.ended(Outcome::Unreachable, at(711), 0.0);
    assert_eq!(schedule.still_missing(at(711)), Verdict::Undecided);
    assert_eq!(schedule.missing(at(712)), Verdict::Undecided);
    schedule.ended(KEYS, at(90_000), 0.5);
    check(&schedule, 90_000, Health::Fresh);
}

#[test]
fn a145_without_keys_nothing_is_absent() {
    let mut schedule = Schedule::new(Pace::default(), at(0));
    assert_eq!(schedule.missing(at(0)), Verdict::Wait { rounds: 1 });
    assert_eq!(schedule.next(at(0)), Next::Round);
    schedule.ended(Outcome::Unreachable, at(1), 1.0);
    assert_eq!(schedule.missing(at(1)), Verdict::Undecided);
    // The background tries again soon, strangers do not make it sooner.
    assert!((0.9..=1.0).contains(&wait(&mut schedule, at(1))));
    assert_eq!(schedule.next(at(2)), Next::Round);
}

#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Missing,
    Round(Outcome, f64),
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        proptest::option::of(0..200_000_u64).prop_map(|max_age| Outcome::Keys { max_age }),
        Just(Outcome::Unusable),
        Just(Outcome::Unreachable),
    ];
    prop_oneof![
        (0..90_000_u64).prop_map(Event::Pass),
        (0..40_u64).prop_map(Event::Pass),
        Just(Event::Missing),
        (outcome, 0.0..=1.0).prop_map(|(outcome, random)| Event::Round(outcome, random)),
    ]
}

proptest! {
    /// Rounds never overlap; those that are neither due nor a retry stand 30 seconds apart; no verdict is given without ground.
    #[test]
    fn laws(events in proptest::collection::vec(event(), 0..200)) {
        let (mut schedule, mut now) = (Schedule::new(Pace::default(), at(0)), at(0));
        let (mut last_begun, mut last_outcome): (Option<Timestamp>, Option<Outcome>) = (None, None);
        for event in events {
            match event {
                Event::Pass(seconds) => now = now.plus_nanos(seconds * SECOND),
                Event::Missing => {
                    let verdict = schedule.missing(now);
                    match verdict {
                        Verdict::Wait { rounds } => prop_assert_eq!(rounds, schedule.rounds() + 1),
                        Verdict::Absent => prop_assert!(schedule.keys_since().is_some()),
                        Verdict::Undecided => {
                            let answered = matches!(last_outcome, Some(Outcome::Keys { .. }));
                            prop_assert!(!answered || schedule.health(now) == Health::Dead);
                        }
                    }
                }
                Event::Round(outcome, random) => {
                    let is_due = schedule.due() <= now;
                    if schedule.next(now) == Next::Round {
                        let gap = last_begun.map(|begun| now.nanos_since(begun));
                        prop_assert!(is_due || gap.is_none_or(|gap| gap >= COOLDOWN));
                        let soon = matches!(last_outcome, Some(Outcome::Unreachable));
                        prop_assert!(soon || gap.is_none_or(|gap| gap >= COOLDOWN));
                        last_begun = Some(now);
                        prop_assert!(matches!(schedule.next(now), Next::Wait(_)));
                        schedule.ended(outcome, now, random);
                        last_outcome = Some(outcome);
                        let wait = schedule.due().nanos_since(now);
                        prop_assert!((SECOND / 2..=LONGEST).contains(&wait));
                        let brought = matches!(outcome, Outcome::Keys { .. });
                        if brought {
                            prop_assert!(wait >= SHORTEST && schedule.health(now) == Health::Fresh);
                        }
                    }
                }
            }
        }
    }
}
