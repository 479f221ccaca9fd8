//! What is admitted, and what a decision says.

use super::counter::{Counter, SECOND, all, at, remaining, take, windows};
use crate::{quota, quota::MAX_QUOTAS, store::RateStore};

/// A bucket admits its burst at once and then its rate; after a rest, the burst again.
pub async fn burst_then_rate(store: &impl RateStore) {
    let (counter, quota) = (Counter::new(store), quota!("5/second burst 10"));
    for left in (0..10).rev() {
        let decision = counter.take(&quota, 1, 0).await;
        assert!(decision.admitted);
        assert_eq!((decision.limit, decision.remaining), (10, left));
    }
    assert!(!counter.take(&quota, 1, 0).await.admitted);
    for nth in 1..20 {
        assert!(!counter.take(&quota, 1, nth * SECOND / 5 - 1).await.admitted);
        assert!(counter.take(&quota, 1, nth * SECOND / 5).await.admitted);
    }
    assert_eq!(counter.take(&quota, 10, 60 * SECOND).await.remaining, 0);
}

/// A window admits its count, and the next one admits it again.
pub async fn windows_start_again(store: &impl RateStore) {
    for quota in windows() {
        let counter = Counter::new(store);
        let first = counter.take(&quota, 4, 0).await;
        assert!(first.admitted && first.remaining == 1 && first.reset <= at(60 * SECOND).mono);
        assert!(!counter.take(&quota, 2, 0).await.admitted);
        assert_eq!(counter.take(&quota, 1, 0).await.reset, first.reset);
        let over = first.reset.nanos_since(at(0).mono);
        assert!(!counter.take(&quota, 1, over - 1).await.admitted);
        assert_eq!(counter.take(&quota, 1, over).await.remaining, 4);
    }
}

/// Whoever waits exactly until `retry` passes; a nanosecond before, nobody does.
pub async fn exact_wait_passes(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        let (mut now, mut refusals) = (0, 0);
        while refusals < 20 {
            let decision = counter.take(&quota, 1, now).await;
            if decision.admitted {
                continue;
            }
            refusals += 1;
            let wait = decision.retry.map_or(0, |retry| retry.nanos_since(at(now).mono));
            assert!(wait > 0 && !counter.peek(&quota, 1, now + wait - 1).await.admitted);
            now += wait;
            assert!(counter.take(&quota, 1, now).await.admitted);
        }
    }
}

/// A refusal leaves no trace.
pub async fn refused_is_not_charged(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        counter.take(&quota, 3, 0).await;
        let before = counter.peek(&quota, 0, 0).await;
        for _ in 0..100 {
            assert!(!counter.take(&quota, 3, 0).await.admitted);
        }
        assert_eq!(counter.peek(&quota, 0, 0).await, before);
        assert!(counter.take(&quota, 2, 0).await.admitted);
    }
}

/// A charge of 0 passes, even where nothing is left, and costs nothing.
pub async fn cost_zero_looks(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        let fresh = counter.take(&quota, 0, 0).await;
        assert!(fresh.admitted && fresh.remaining == 5 && fresh.reset == at(0).mono);
        counter.take(&quota, 5, 0).await;
        let spent = counter.take(&quota, 0, 0).await;
        assert!(spent.admitted && spent.remaining == 0);
    }
}

/// More than the capacity is refused without a time to come back, and the capacity itself passes.
pub async fn cost_beyond_capacity_never_passes(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        for cost in [6, u32::MAX] {
            let decision = counter.take(&quota, cost, 0).await;
            assert_eq!((decision.admitted, decision.retry), (false, None));
        }
        assert!(counter.take(&quota, 5, 0).await.admitted);
    }
}

/// Several charges are made together or not at all, and each is told of.
pub async fn all_or_nothing(store: &impl RateStore) {
    let (narrow, wide) = (quota!("2/minute"), quota!("5/hour fixed"));
    let counter = Counter::new(store);
    let both = [counter.charge(&narrow, 1), counter.charge(&wide, 1)];
    for left in [1, 0] {
        let outcome = take(store, &both, 0).await;
        assert!(outcome.admitted());
        assert_eq!(remaining(&outcome), [left, left + 3]);
    }
    let outcome = take(store, &both, 0).await;
    assert!(!outcome.admitted() && outcome.decisions()[1].admitted);
    assert_eq!(remaining(&outcome), [0, 3]);
    assert!(outcome.into_receipt().is_none());
    assert_eq!(counter.peek(&wide, 0, 0).await.remaining, 3);
    // The other way round too: the order of charges does not matter.
    let turned = [counter.charge(&wide, 1), counter.charge(&narrow, 1)];
    assert!(!take(store, &turned, 0).await.admitted());
    assert_eq!(counter.peek(&wide, 0, 0).await.remaining, 3);
    // Eight counters of eight keys.
    let quota = quota!("1/minute");
    let many = [(); MAX_QUOTAS].map(|()| Counter::new(store).charge(&quota, 1));
    assert!(take(store, &many, 0).await.admitted());
    for charge in &many {
        assert!(!take(store, &[*charge], 0).await.admitted());
    }
}

/// Another key is another counter, and so is another quota.
pub async fn counters_are_apart(store: &impl RateStore) {
    let (a, b) = (Counter::new(store), Counter::new(store));
    for quota in all() {
        a.take(&quota, 5, 0).await;
        assert_eq!(a.peek(&quota, 0, 0).await.remaining, 0);
        assert_eq!(b.peek(&quota, 0, 0).await.remaining, 5);
    }
    assert_eq!(a.peek(&quota!("5/hour"), 0, 0).await.remaining, 5);
}

/// Peek says what take would, and changes nothing.
pub async fn peek_changes_nothing(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        for cost in [1, 3, 2, 1, 9] {
            let peeked = counter.peek(&quota, cost, 0).await;
            assert_eq!(counter.peek(&quota, cost, 0).await, peeked);
            assert_eq!(counter.take(&quota, cost, 0).await, peeked);
        }
    }
}

/// Several quotas of one key each keep what was charged, also where the counter of one is outdated and another is new.
pub async fn counters_of_one_key_keep_their_places(store: &impl RateStore) {
    for (outdated, new) in
        [(quota!("1/second"), quota!("1/minute")), (quota!("1/second fixed"), quota!("1/minute fixed"))]
    {
        let counter = Counter::new(store);
        assert!(counter.take(&outdated, 1, 0).await.admitted);
        let both = [counter.charge(&new, 1), counter.charge(&outdated, 1)];
        assert!(take(store, &both, 2 * SECOND).await.admitted());
        assert!(!counter.take(&new, 1, 2 * SECOND).await.admitted);
        assert!(!counter.take(&outdated, 1, 2 * SECOND).await.admitted);
    }
}
