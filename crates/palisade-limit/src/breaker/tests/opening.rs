//! When it opens, and what it says then.

use super::*;
use palisade_core::DenialKind;

fn a294(successes: u32, failures: u32, expected: BreakerState) {
    let bench = bench(plain());
    bench.successes(successes);
    bench.failures(failures);
    assert_eq!(bench.state(), expected, "{successes} successes, {failures} failures");
}

#[test]
fn a294_the_ratio_counts_from_the_least_number_of_calls_on() {
    a294(10, 10, BreakerState::Open);
    a294(10, 9, BreakerState::Closed);
    a294(11, 10, BreakerState::Closed);
    a294(0, 19, BreakerState::Closed);
    a294(0, 20, BreakerState::Open);
    a294(99, 98, BreakerState::Closed);
    a294(99, 99, BreakerState::Open);
}

#[test]
fn a294_calls_that_are_long_over_do_not_count() {
    let old = bench(plain());
    old.failures(19);
    old.seconds(11);
    old.failures(19);
    assert_eq!(old.state(), BreakerState::Closed);
    old.failures(1);
    assert_eq!(old.told.words(), ["open failure_rate"]);

    let trickle = bench(plain());
    for _ in 0..200 {
        trickle.failures(1);
        trickle.time.advance(Duration::from_millis(600));
    }
    assert_eq!(trickle.state(), BreakerState::Closed);
}

#[test]
fn a294_a_window_of_calls_is_as_long_as_it_says() {
    let bench = bench(plain().window_calls(20));
    bench.failures(9);
    bench.successes(20);
    bench.failures(9);
    bench.seconds(3_600);
    assert_eq!((bench.state(), bench.breaker.snapshot().failures), (BreakerState::Closed, 9));
    bench.failures(1);
    assert_eq!(bench.state(), BreakerState::Open);
}

#[test]
fn failures_in_a_row_are_broken_by_a_success_and_by_nothing_else() {
    let bench = bench(BreakerSettings::consecutive(5));
    bench.failures(4);
    bench.successes(1);
    bench.failures(4);
    bench.calls(50, CallOutcome::Neither);
    bench.seconds(86_400);
    assert_eq!(bench.state(), BreakerState::Closed);
    bench.failures(1);
    assert_eq!(bench.told.words(), ["open consecutive_failures"]);
    assert_eq!(bench.breaker.acquire().unwrap_err().retry_after_seconds(), Some(60));
}

#[test]
fn a_store_fails_five_times_within_ten_seconds() {
    let slow = bench(BreakerSettings::store());
    for _ in 0..20 {
        slow.failures(1);
        slow.seconds(3);
    }
    assert_eq!(slow.state(), BreakerState::Closed);

    let fast = bench(BreakerSettings::store());
    fast.successes(1_000);
    fast.failures(4);
    fast.seconds(5);
    fast.failures(1);
    assert_eq!(fast.state(), BreakerState::Open);
}

#[test]
fn a304_slow_calls_open_it_although_they_succeed() {
    let bench = bench(plain().window(Duration::from_secs(100)));
    for _ in 0..5 {
        bench.call_of(Duration::from_millis(999));
    }
    for _ in 0..19 {
        bench.call_of(Duration::from_secs(1));
    }
    assert_eq!((bench.state(), bench.breaker.snapshot().slow), (BreakerState::Closed, 19));
    bench.call_of(Duration::from_secs(2));
    assert_eq!(bench.told.words(), ["open slow_calls"]);

    let patient = super::bench(plain().window(Duration::from_secs(100)).ignore_slow_calls());
    for _ in 0..40 {
        patient.call_of(Duration::from_secs(2));
    }
    assert_eq!(patient.state(), BreakerState::Closed);
}

#[test]
fn a295_open_it_refuses_with_503_and_the_time_that_remains() {
    let bench = bench(plain());
    bench.failures(20);
    for (wait, expected) in [(0, 5), (1, 5), (999, 4), (3_000, 1), (999, 1)] {
        bench.time.advance(Duration::from_millis(wait));
        let denial = bench.breaker.acquire().unwrap_err();
        assert_eq!((denial.kind(), denial.reason()), (DenialKind::Unavailable, "circuit_open"));
        assert_eq!(denial.details().unwrap()["kind"], "circuit_open");
        assert_eq!(denial.retry_after_seconds(), Some(expected), "{wait}");
    }
    assert_eq!(bench.told.words(), ["open failure_rate"]);
    // Waiting exactly as long as told is enough.
    bench.time.advance(Duration::from_millis(1));
    assert!(!bench.is_refused());
}

#[test]
fn a302_steps_of_the_wall_clock_change_nothing() {
    let bench = bench(plain());
    bench.failures(20);
    for hour in [1, 3, 0, 500_000] {
        bench.time.set_wall(UnixTime::from_secs(hour * 3_600));
        assert_eq!(bench.breaker.acquire().unwrap_err().retry_after_seconds(), Some(5));
    }
    bench.seconds(5);
    bench.time.set_wall(UnixTime::from_secs(0));
    assert!(!bench.is_refused());
}

#[test]
fn a302_a_clock_that_goes_back_stands_still_here() {
    let bench = bench(plain());
    bench.failures(20);
    bench.seconds(4);
    assert!(bench.is_refused());
    bench.time.set_mono(palisade_core::Timestamp::default());
    assert_eq!(bench.breaker.acquire().unwrap_err().retry_after_seconds(), Some(1));
}
