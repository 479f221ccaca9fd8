//! Half open.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a296_of_a_hundred_at_once_one_passes() {
    let bench = bench(plain()).half_open();
    let permits: Vec<_> = (0..100).map(|_| bench.breaker.acquire()).collect();
    assert_eq!(permits.iter().filter(|permit| permit.is_ok()).count(), 1);
    let refused = permits.iter().find_map(|permit| permit.as_ref().err()).unwrap();
    assert_eq!((refused.reason(), refused.retry_after_seconds()), ("circuit_half_open", Some(1)));
}

#[test]
fn successes_admit_more_at_a_time_until_it_closes() {
    let bench = bench(plain()).half_open();
    let admitted = || {
        let permits: Vec<_> = (0..100).filter_map(|_| bench.breaker.acquire().ok()).collect();
        permits
    };
    let mut first = admitted();
    assert_eq!(first.len(), 1);
    first.remove(0).success();
    let mut then = admitted();
    assert_eq!((then.len(), bench.breaker.snapshot().probes), (2, 2));
    then.remove(0).success();
    assert_eq!(bench.state(), BreakerState::HalfOpen);
    // One success is missing, and a call that may bring it is under way.
    assert_eq!(admitted().len(), 0);
    then.remove(0).success();
    assert_eq!(bench.state(), BreakerState::Closed);
    assert_eq!(admitted().len(), 100);
}

#[test]
fn a297_a_cancelled_probe_gives_its_place_back() {
    let bench = bench(plain()).half_open();
    for _ in 0..1_000 {
        drop(bench.breaker.acquire().unwrap());
    }
    assert_eq!((bench.state(), bench.breaker.snapshot().probes), (BreakerState::HalfOpen, 0));
    bench.successes(3);
    assert_eq!(bench.state(), BreakerState::Closed);
}

#[test]
fn a298_a_probe_that_hangs_fails_at_its_deadline() {
    let bench = bench(plain()).half_open();
    let hanging = bench.breaker.acquire().unwrap();
    bench.seconds(9);
    assert_eq!((bench.state(), bench.is_refused()), (BreakerState::HalfOpen, true));
    bench.seconds(1);
    assert_eq!((bench.state(), bench.is_refused()), (BreakerState::Open, true));
    // It was told at its deadline, so the longer time open runs from there.
    assert_eq!(bench.breaker.snapshot().retry_in, Duration::from_secs(10));
    hanging.success();
    assert_eq!((bench.state(), bench.breaker.snapshot().probes), (BreakerState::Open, 0));
    bench.seconds(10);
    bench.successes(3);
    assert_eq!(bench.state(), BreakerState::Closed);
    let words = ["open failure_rate", "half-open", "open probe_overdue", "half-open", "closed recovered"];
    assert_eq!(bench.told.words(), words);
}

#[test]
fn a298_nobody_looks_for_an_hour_and_the_next_call_still_passes() {
    let bench = bench(plain()).half_open();
    let _hanging = bench.breaker.acquire().unwrap();
    bench.seconds(3_600);
    assert!(!bench.is_refused());
    assert_eq!(bench.told.words()[1..], ["half-open", "open probe_overdue", "half-open"]);
}

#[test]
fn a299_a_probe_that_panics_has_failed() {
    let bench = bench(plain()).half_open();
    let panics = || {
        let _permit = bench.breaker.acquire().unwrap();
        panic!("on purpose");
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(bench.told.words().last().unwrap(), "open probe_failed");
}

#[test]
fn a299_a_panic_from_before_says_nothing_about_a_call() {
    struct Farewell<'a>(&'a Breaker);
    impl Drop for Farewell<'_> {
        fn drop(&mut self) {
            drop(self.0.acquire());
        }
    }
    let bench = bench(BreakerSettings::consecutive(1));
    let panics = || {
        let _farewell = Farewell(&bench.breaker);
        panic!("on purpose");
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(bench.state(), BreakerState::Closed);
}

#[test]
fn a299_what_blames_the_client_frees_the_place_and_says_nothing() {
    let bench = bench(plain()).half_open();
    bench.calls(1_000, CallOutcome::Neither);
    assert_eq!((bench.state(), bench.breaker.snapshot().probes), (BreakerState::HalfOpen, 0));
}

#[test]
fn a304_a_slow_probe_does_not_close_it() {
    let bench = bench(plain()).half_open();
    bench.call_of(Duration::from_secs(1));
    assert_eq!(bench.told.words().last().unwrap(), "open probe_slow");
}

#[test]
fn calls_of_an_earlier_time_say_nothing_about_this_one() {
    let bench = bench(plain());
    let old: Vec<_> = (0..50).map(|_| bench.breaker.acquire().unwrap()).collect();
    let bench = bench.half_open();
    let mut old = old.into_iter();
    old.next().unwrap().failure();
    old.next().unwrap().success();
    assert_eq!(bench.state(), BreakerState::HalfOpen);
    bench.successes(3);
    for permit in old {
        permit.failure();
    }
    assert_eq!((bench.state(), bench.breaker.snapshot().failures), (BreakerState::Closed, 0));
}
