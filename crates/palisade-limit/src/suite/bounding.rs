//! How much passes in how long, and what clients and strangers can do about it.

use super::counter::{Counter, MILLI, SECOND, all, at};
use crate::{
    quota,
    quota::{Algorithm, Quota},
    store::RateStore,
};

/// The most that may pass in a stretch of time with both of its ends.
fn bound(quota: &Quota, nanos: u64) -> u64 {
    let (count, period) = (u64::from(quota.capacity()), quota.period_nanos());
    match quota.algorithm() {
        Algorithm::Gcra => count + nanos / quota.interval_nanos(),
        Algorithm::FixedWindow(_) => count * (nanos.div_ceil(period) + 1),
        Algorithm::SlidingCounter => count + count * nanos / period,
        Algorithm::SlidingLog => count * (nanos / period + 1),
    }
}

/// Whoever takes all he can around the ends of windows gets no more than the algorithm promises.
pub async fn bursts_stay_within_their_bound(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        let mut admitted = Vec::new();
        for minute in 1..5 {
            for now in [0, 15_000, 30_000, 45_000, 59_999].map(|milli| minute * 60 * SECOND + milli * MILLI) {
                while counter.take(&quota, 1, now).await.admitted {
                    admitted.push(now);
                }
            }
        }
        for (nth, from) in admitted.iter().enumerate() {
            for (count, to) in (1..).zip(&admitted[nth..]) {
                assert!(count <= bound(&quota, to - from), "{quota}: {count} in {} ns", to - from);
            }
        }
    }
}

/// A client that has a key to itself, and waits in whole seconds until there is enough for its next request, is never refused and
/// never waits a second too long.
pub async fn who_heeds_what_is_left_is_never_refused(store: &impl RateStore) {
    for quota in all() {
        let (counter, mut now) = (Counter::new(store), 0);
        let mut told = counter.peek(&quota, 0, now).await;
        for (nap, cost) in [(0, 1), (300, 4), (0, 5), (12_345, 2), (7, 3), (999, 5), (0, 1), (61_000, 5)] {
            now += nap * MILLI;
            while told.remaining < cost {
                let seconds = told.next.nanos_since(at(now).mono).div_ceil(SECOND);
                if let Some(less) = seconds.checked_sub(1) {
                    let early = counter.peek(&quota, 0, now + less * SECOND).await;
                    assert!(early.remaining <= told.remaining, "{quota}");
                }
                now += seconds * SECOND;
                let more = counter.peek(&quota, 0, now).await;
                assert!(more.remaining > told.remaining, "{quota}");
                told = more;
            }
            told = counter.take(&quota, cost, now).await;
            assert!(told.admitted, "{quota}");
        }
    }
}

/// However many strangers come, who has nothing left has nothing left.
pub async fn strangers_free_nobody(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        assert!(counter.take(&quota, 5, 0).await.admitted);
        for _ in 0..200 {
            Counter::new(store).take(&quota, 1, 0).await;
        }
        assert!(!counter.take(&quota, 1, 0).await.admitted);
    }
}

/// The count of the last window fades as the window slides.
pub async fn a_sliding_counter_slides(store: &impl RateStore) {
    let (counter, quota) = (Counter::new(store), quota!("8/minute sliding"));
    assert_eq!(counter.take(&quota, 8, 0).await.remaining, 0);
    assert!(!counter.take(&quota, 1, 60 * SECOND).await.admitted);
    // A quarter into the next window six of the eight still count.
    assert_eq!(counter.take(&quota, 0, 75 * SECOND).await.remaining, 2);
    assert_eq!(counter.take(&quota, 2, 75 * SECOND).await.remaining, 0);
    // A fraction counts as a whole.
    assert!(!counter.take(&quota, 1, 82 * SECOND).await.admitted);
    assert!(counter.take(&quota, 1, 82 * SECOND + 500 * MILLI).await.admitted);
    assert_eq!(counter.peek(&quota, 0, 180 * SECOND).await.remaining, 8);
}

/// Each charge is forgotten exactly one period after it was made.
pub async fn a_sliding_log_forgets_one_by_one(store: &impl RateStore) {
    let (counter, quota) = (Counter::new(store), quota!("5/minute strict"));
    for (now, cost) in [(0, 2), (10, 1), (20, 2)] {
        assert!(counter.take(&quota, cost, now * SECOND).await.admitted);
    }
    for (cost, then) in [(1, 60), (2, 60), (3, 70), (4, 80), (5, 80)] {
        let refused = counter.take(&quota, cost, 20 * SECOND).await;
        assert_eq!((refused.admitted, refused.retry), (false, Some(at(then * SECOND).mono)));
        assert_eq!(refused.reset, at(80 * SECOND).mono);
    }
    assert!(counter.take(&quota, 2, 60 * SECOND).await.admitted);
    assert!(!counter.take(&quota, 2, 70 * SECOND).await.admitted);
    assert!(counter.take(&quota, 1, 70 * SECOND).await.admitted);
}

/// A window of the calendar ends at midnight where its offset says.
pub async fn calendar_windows_end_at_midnight(store: &impl RateStore) {
    // The clock of the suite starts on Tuesday, 2023-11-14, at 22:14 UTC.
    for (quota, end) in [
        (quota!("5/day fixed calendar"), 6_360),
        (quota!("5/day fixed calendar +02:00"), 6_360 + 22 * 3_600),
        (quota!("5/week fixed calendar"), 6_360 + 5 * 86_400),
        (quota!("5/month fixed calendar -03:30"), 6_360 + 16 * 86_400 + 210 * 60),
    ] {
        let counter = Counter::new(store);
        assert!(counter.take(&quota, 5, 0).await.admitted);
        assert_eq!(counter.take(&quota, 1, 1).await.retry, Some(at(end * SECOND).mono), "{quota}");
        assert!(!counter.take(&quota, 1, end * SECOND - MILLI).await.admitted);
        assert_eq!(counter.take(&quota, 1, end * SECOND).await.remaining, 4);
    }
}
