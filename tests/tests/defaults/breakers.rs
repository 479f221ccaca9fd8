//! When breakers open, and how they close.

use palisade::{
    Breaker, Clock, Facts, Guard as _, ManualClock, Pass as _, UnixTime,
    limit::{
        RetryBudget,
        breaker::{BreakerError, BreakerSettings, BreakerState, Breakers, CallOutcome},
    },
};
use std::time::Duration;

fn breaker(settings: BreakerSettings) -> (ManualClock, Breaker) {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let breaker = Breaker::new("billing", settings.clock(Clock::manual(&time))).unwrap();
    (time, breaker)
}

fn calls(breaker: &Breaker, count: u32, outcome: CallOutcome) {
    for _ in 0..count {
        breaker.acquire().unwrap().settle(outcome);
    }
}

fn half_open() -> (ManualClock, Breaker) {
    let (time, breaker) = breaker(BreakerSettings::default());
    calls(&breaker, 20, CallOutcome::Failure);
    time.advance(breaker.snapshot().retry_in);
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    (time, breaker)
}

#[test]
fn breakers_open_at_half_of_twenty_calls() {
    for (wait, successes, failures, expected) in [
        (0, 10, 10, BreakerState::Open),
        (0, 11, 10, BreakerState::Closed),
        (0, 0, 19, BreakerState::Closed),
        (11, 0, 19, BreakerState::Closed),
    ] {
        let (time, breaker) = breaker(BreakerSettings::default());
        calls(&breaker, u32::from(wait > 0), CallOutcome::Failure);
        time.advance(Duration::from_secs(wait));
        calls(&breaker, successes, CallOutcome::Success);
        calls(&breaker, failures, CallOutcome::Failure);
        assert_eq!(breaker.state(), expected, "{wait} s, {successes} successes, {failures} failures");
    }
}

#[test]
fn breakers_mind_slow_calls() {
    for (millis, expected) in [(999, BreakerState::Closed), (1_000, BreakerState::Open)] {
        let (time, breaker) = breaker(BreakerSettings::default());
        let slow: Vec<_> = (0..16).map(|_| breaker.acquire().unwrap()).collect();
        time.advance(Duration::from_millis(millis));
        calls(&breaker, 4, CallOutcome::Success);
        slow.into_iter().for_each(palisade::limit::breaker::Permit::success);
        assert_eq!(breaker.state(), expected, "{millis} ms");
    }
}

#[test]
fn breakers_stay_open_5_to_60_seconds() {
    let (time, breaker) = breaker(BreakerSettings::default());
    calls(&breaker, 20, CallOutcome::Failure);
    for middle in [5.0, 10.0, 20.0, 40.0, 60.0, 60.0] {
        let wait = breaker.snapshot().retry_in;
        assert!((0.79 * middle..=1.21 * middle).contains(&wait.as_secs_f64()), "{wait:?} for {middle} s");
        time.advance(wait);
        calls(&breaker, 1, CallOutcome::Failure);
    }
}

#[test]
fn breakers_probe_once_and_close_after_three() {
    let (_, breaker) = half_open();
    let probe = breaker.acquire().unwrap();
    assert!(breaker.acquire().is_err());
    probe.success();
    calls(&breaker, 1, CallOutcome::Success);
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    calls(&breaker, 1, CallOutcome::Success);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[test]
fn probes_take_10_seconds() {
    let (time, breaker) = half_open();
    let _hanging = breaker.acquire().unwrap();
    time.advance(Duration::from_millis(9_999));
    assert_eq!(breaker.state(), BreakerState::HalfOpen);
    time.advance(Duration::from_millis(1));
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[test]
fn recovery_takes_10_seconds() {
    let (time, breaker) = half_open();
    calls(&breaker, 3, CallOutcome::Success);
    let mut shares = Vec::new();
    for _ in 0..3 {
        shares.push(breaker.snapshot().admits_percent);
        time.advance(Duration::from_secs(5));
    }
    assert_eq!(shares, [10, 55, 100]);
}

#[test]
fn breakers_count_no_cancelled_call() {
    let (_, breaker) = breaker(BreakerSettings::consecutive(1));
    for _ in 0..1_000 {
        drop(breaker.acquire().unwrap());
    }
    assert_eq!((breaker.state(), breaker.snapshot().calls), (BreakerState::Closed, 0));
}

#[test]
fn breakers_count_5xx_and_no_4xx() {
    for (status, expected) in [(200, 0), (302, 0), (400, 0), (401, 0), (404, 0), (429, 0), (500, 1), (503, 1)]
    {
        let (_, breaker) = breaker(BreakerSettings::default());
        let facts = Facts::new(Clock::system());
        let (request, ()) = http::Request::new(()).into_parts();
        let pass = breaker.guard().check(&request, &facts).try_now().unwrap().unwrap();
        let (mut head, ()) = http::Response::builder().status(status).body(()).unwrap().into_parts();
        pass.outbound(&mut head, &facts);
        assert_eq!(breaker.snapshot().failures, expected, "{status}");
    }
}

#[test]
fn breaker_sets_hold_1024_names() {
    let names = |count: usize| (0..count).map(|n| &*n.to_string().leak());
    assert!(Breakers::new(names(1_024), &BreakerSettings::default()).is_ok());
    let errors = Breakers::new(names(1_025), &BreakerSettings::default()).unwrap_err();
    assert!(errors.iter().eq(&[BreakerError::Names]));
}

#[test]
fn retries_add_10_percent() {
    let budget = RetryBudget::new();
    let retries = (0..1_000).filter(|_| {
        budget.first_call();
        budget.may_retry()
    });
    assert_eq!(retries.count(), 100);
}
