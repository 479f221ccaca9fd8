//! Settling, blocking and forgetting.

use super::counter::{Counter, SECOND, SLIDING, STRICT, all, at, windows};
use crate::{
    quota,
    store::{Op, RateStore},
};

/// A refund gives back what was charged, and never more than a rested counter has.
pub async fn refund_gives_back_once(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        counter.take(&quota, 2, 0).await;
        let receipt = counter.take_for(&quota, 3, 0).await;
        counter.settle(&quota, receipt, 1, 0).await;
        assert_eq!(counter.peek(&quota, 0, 0).await.remaining, 2);
        let receipt = counter.take_for(&quota, 2, 0).await;
        counter.settle(&quota, receipt, 0, 0).await;
        assert_eq!(counter.peek(&quota, 0, 0).await.remaining, 2);
        let receipt = counter.take_for(&quota, 2, 0).await;
        counter.settle(&quota, receipt, 0, 3_600 * SECOND).await;
        assert_eq!(counter.peek(&quota, 0, 3_600 * SECOND).await.remaining, 5);
        assert!(!counter.peek(&quota, 6, 3_600 * SECOND).await.admitted);
    }
}

/// What was charged to one window does not come back in the next, nor after a sliding window has passed it.
pub async fn refund_stays_in_its_window(store: &impl RateStore) {
    let windows = windows().map(|quota| (quota, 60 * SECOND));
    for (quota, over) in windows.into_iter().chain([(SLIDING, 120 * SECOND), (STRICT, 60 * SECOND)]) {
        let counter = Counter::new(store);
        let receipt = counter.take_for(&quota, 5, 0).await;
        assert!(counter.take(&quota, 5, over).await.admitted);
        counter.settle(&quota, receipt, 0, over).await;
        assert_eq!(counter.peek(&quota, 0, over).await.remaining, 0);
    }
    // While the last window still counts, so does what comes back to it.
    let counter = Counter::new(store);
    let receipt = counter.take_for(&SLIDING, 5, 0).await;
    counter.settle(&SLIDING, receipt, 1, 60 * SECOND).await;
    assert_eq!(counter.peek(&SLIDING, 0, 60 * SECOND).await.remaining, 4);
}

/// What was charged too little is owed, up to one capacity.
pub async fn overrun_is_owed(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        let receipt = counter.take_for(&quota, 1, 0).await;
        counter.settle(&quota, receipt, 3, 0).await;
        assert_eq!(counter.peek(&quota, 0, 0).await.remaining, 2);
        let receipt = counter.take_for(&quota, 1, 0).await;
        counter.settle(&quota, receipt, u32::MAX, 0).await;
        let owing = counter.peek(&quota, 1, 0).await;
        assert!(!owing.admitted && owing.remaining == 0);
        assert_eq!(counter.peek(&quota, 0, 120 * SECOND).await.remaining, 5);
    }
}

/// Each counter moves by itself and at once, an exhausted one too, into a debt of one capacity at most and back to where it is full.
pub async fn penalties_and_rewards_move_every_counter(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        let left = async || counter.peek(&quota, 0, SECOND).await.remaining;
        for (give, take, expected) in
            [(0, 2, 3), (1, 0, 4), (100, 0, 5), (0, 0, 5), (0, 8, 0), (3, 0, 0), (1, 0, 1), (0, u32::MAX, 0)]
        {
            counter.penalize(&quota, take, SECOND).await;
            counter.reward(&quota, give, SECOND).await;
            assert_eq!(left().await, expected, "{quota} back {give} more {take}");
        }
        // It owed one capacity at most.
        counter.reward(&quota, 6, SECOND).await;
        assert_eq!(left().await, 1, "{quota}");
        // Also what was used up by requests, and what is blocked.
        assert!(counter.take(&quota, 1, SECOND).await.admitted);
        counter.reward(&quota, 2, SECOND).await;
        assert_eq!(left().await, 2, "{quota}");
        counter.block(&quota, 2 * SECOND, SECOND).await;
        counter.penalize(&quota, 1, SECOND).await;
        assert_eq!(counter.peek(&quota, 0, 2 * SECOND).await.remaining, 1, "{quota}");
        assert_eq!(counter.peek(&quota, 0, 200 * SECOND).await.remaining, 5, "{quota}");
    }
    // An exhausted one shields no other.
    let (counter, [a, b]) = (Counter::new(store), [quota!("1/minute"), quota!("10/hour fixed")]);
    assert!(counter.take(&a, 1, 0).await.admitted);
    let charges = [counter.charge(&a, 1), counter.charge(&b, 1)];
    assert!(store.apply(Op::Penalize, &charges, at(0)).await.unwrap().decisions().is_empty());
    assert_eq!(counter.peek(&b, 0, 0).await.remaining, 9);
    assert!(counter.peek(&a, 1, 0).await.retry > Some(at(60 * SECOND + SECOND).mono));
    store.apply(Op::Reward, &charges, at(0)).await.unwrap();
    assert_eq!(counter.peek(&b, 0, 0).await.remaining, 10);
}

/// Whoever has used nothing has their window begin with their first request all the same.
pub async fn rewards_open_no_window(store: &impl RateStore) {
    for quota in [quota!("5/minute fixed first-hit"), SLIDING, STRICT] {
        let counter = Counter::new(store);
        counter.reward(&quota, 3, 0).await;
        assert!(counter.take(&quota, 5, 30 * SECOND).await.admitted);
        assert!(!counter.peek(&quota, 1, 60 * SECOND).await.admitted, "{quota}");
    }
}

/// A block refuses until its end and leaves the counter alone; clearing forgets both.
pub async fn block_and_clear(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        counter.take(&quota, 2, 0).await;
        counter.block(&quota, 30 * SECOND, 0).await;
        counter.block(&quota, 10 * SECOND, 0).await;
        let refused = counter.take(&quota, 1, SECOND).await;
        assert!(!refused.admitted && refused.remaining == 0 && refused.retry >= Some(at(30 * SECOND).mono));
        assert!(!counter.peek(&quota, 1, 30 * SECOND - 1).await.admitted);
        assert!(Counter::new(store).take(&quota, 1, SECOND).await.admitted);
        counter.block(&quota, 30 * SECOND, 0).await;
        counter.clear(&quota, SECOND).await;
        let fresh = counter.take(&quota, 1, SECOND).await;
        assert!(fresh.admitted && fresh.remaining == 4);
    }
    let (counter, quota) = (Counter::new(store), quota!("5/hour"));
    counter.take(&quota, 4, 0).await;
    counter.block(&quota, SECOND, 0).await;
    assert_eq!(counter.take(&quota, 1, SECOND).await.remaining, 0);
}
