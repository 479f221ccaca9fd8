//! How it closes again, by itself and by hand.

use super::*;

#[test]
fn a300_each_failed_probe_doubles_the_time_up_to_the_longest() {
    let bench = bench(plain()).half_open();
    for expected in [10, 20, 40, 60, 60] {
        bench.failures(1);
        assert_eq!(bench.breaker.snapshot().retry_in, Duration::from_secs(expected));
        bench.seconds(expected);
    }
    bench.successes(3);
    // Closed, it begins anew: nothing is counted, and the first time open is the short one.
    assert_eq!(bench.breaker.snapshot().calls, 0);
    bench.failures(19);
    assert_eq!(bench.state(), BreakerState::Closed);
    bench.failures(1);
    assert_eq!(bench.breaker.snapshot().retry_in, Duration::from_secs(5));
}

#[test]
fn a300_times_open_differ_by_twenty_percent_at_most_and_do_differ() {
    let mut firsts = Vec::new();
    for _ in 0..50 {
        let bench = bench(BreakerSettings::default()).half_open();
        for _ in 0..8 {
            bench.failures(1);
            bench.time.advance(bench.breaker.snapshot().retry_in);
        }
        let times = bench.told.times();
        for (time, middle) in times.iter().zip([5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0, 60.0, 60.0]) {
            let ratio = time.as_secs_f64() / middle;
            assert!((0.799..=1.201).contains(&ratio), "{time:?} for {middle} s");
        }
        firsts.push(times[0]);
    }
    firsts.sort_unstable();
    firsts.dedup();
    assert!(firsts.len() > 25, "{firsts:?}");
}

#[test]
fn after_recovery_a_growing_share_passes() {
    let bench = bench(BreakerSettings::default()).half_open();
    bench.successes(3);
    let mut shares = Vec::new();
    for _ in 0..11 {
        let passed = (0..1_000).filter(|_| bench.breaker.acquire().map(|p| p.success()).is_ok()).count();
        shares.push((passed + 5) / 10);
        bench.seconds(1);
    }
    assert_eq!(shares, [10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100]);
    let reasons = super::bench(BreakerSettings::default()).half_open();
    reasons.successes(3);
    assert!(!reasons.is_refused(), "the first call after recovery passes");
    let denial = reasons.breaker.acquire().unwrap_err();
    assert_eq!((denial.reason(), denial.retry_after_seconds()), ("circuit_recovering", Some(1)));
    assert_eq!(reasons.breaker.snapshot().admits_percent, 10);
}

#[test]
fn a300_a_relapse_while_it_recovers_opens_it_for_longer() {
    let bench = bench(BreakerSettings::default().jitter(0)).half_open();
    bench.successes(3);
    bench.seconds(9);
    while bench.state() == BreakerState::Closed {
        if let Ok(permit) = bench.breaker.acquire() {
            permit.failure();
        }
    }
    assert_eq!(bench.breaker.snapshot().retry_in, Duration::from_secs(10));
    // Well for the whole ramp, it has forgotten.
    bench.seconds(10);
    bench.successes(3);
    bench.seconds(10);
    bench.failures(20);
    assert_eq!(bench.breaker.snapshot().retry_in, Duration::from_secs(5));
}

#[test]
fn a_hand_opens_closes_and_resets_it() {
    let bench = bench(plain());
    bench.breaker.force_open();
    bench.breaker.force_open();
    bench.seconds(86_400);
    let denial = bench.breaker.acquire().unwrap_err();
    assert_eq!((denial.reason(), denial.retry_after_seconds()), ("circuit_forced_open", Some(5)));
    assert_eq!(bench.state(), BreakerState::ForcedOpen);
    bench.breaker.force_closed();
    bench.failures(1_000);
    assert_eq!(bench.state(), BreakerState::ForcedClosed);
    bench.breaker.reset();
    bench.failures(19);
    bench.breaker.reset();
    bench.failures(19);
    assert_eq!((bench.state(), bench.breaker.snapshot().failures), (BreakerState::Closed, 19));
    bench.failures(1);
    bench.breaker.reset();
    let words = ["open forced", "closed forced", "closed reset", "open failure_rate", "closed reset"];
    assert_eq!(bench.told.words(), words);
}

/// A dependency that is down for a while, called once a second by somebody who has a substitute.
fn a305(down: std::ops::Range<u64>) -> (u64, u64, u64) {
    let bench = bench(BreakerSettings::store());
    let (mut timeouts, mut substitutes, mut well_again) = (0, 0, 0);
    for millisecond in (0..400_000).step_by(100) {
        let second = millisecond / 1_000;
        match bench.breaker.acquire() {
            Err(_) => substitutes += 1,
            Ok(permit) if down.contains(&second) => {
                timeouts += 1;
                permit.failure();
            }
            Ok(permit) => {
                permit.success();
                if second >= down.end && well_again == 0 {
                    well_again = second;
                }
            }
        }
        bench.time.advance(Duration::from_millis(100));
    }
    (timeouts, substitutes, well_again - down.end)
}

#[test]
fn a305_a_store_that_is_down_costs_few_timeouts_and_is_back_within_an_interval() {
    let (timeouts, substitutes, wait) = a305(10..20);
    assert!(timeouts <= 8, "{timeouts} timeouts");
    assert!((60..300).contains(&substitutes), "{substitutes} substitutes");
    assert!(wait <= 24, "{wait} s");
    // Down for long: a probe a minute, and back within the longest interval.
    let (timeouts, substitutes, wait) = a305(10..310);
    assert!(timeouts <= 5 + 12, "{timeouts} timeouts");
    assert!(substitutes > 2_900, "{substitutes} substitutes");
    assert!(wait <= 72, "{wait} s");
}
