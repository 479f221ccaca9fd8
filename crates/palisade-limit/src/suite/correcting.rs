//! Settling, blocking and forgetting.

use super::counter::{Counter, SECOND, SLIDING, STRICT, all, at, windows};
use crate::{quota, store::RateStore};

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
