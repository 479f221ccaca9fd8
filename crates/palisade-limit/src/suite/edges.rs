//! Clocks that step, numbers at their ends, and calls that break the rules.

use super::counter::{Counter, SECOND, all, at, take};
use crate::{
    quota,
    quota::MAX_QUOTAS,
    store::{Op, RateStore},
    store_error::StoreErrorKind,
};
use palisade_core::{Moment, Timestamp, UnixTime};

/// The date plays no part in a decision.
pub async fn wall_clock_steps_change_nothing(store: &impl RateStore) {
    let hour = 3_600 * SECOND;
    for quota in all() {
        // The same key twice, so that its windows begin at the same times: first steady, then forgotten and stepped.
        let counter = Counter::new(store);
        let mut told = Vec::new();
        for nth in 0..60_u64 {
            told.push(counter.take(&quota, 1, nth * SECOND).await);
        }
        counter.clear(&quota, 59 * SECOND).await;
        for (nth, told) in (0..).zip(told) {
            let now = at(nth * SECOND);
            let wall = now.wall.as_nanos();
            let wall = UnixTime::from_nanos(if nth % 2 == 0 { wall - hour } else { wall + hour });
            let outcome = take(store, &[counter.charge(&quota, 1)], Moment { wall, ..now }).await;
            assert_eq!(outcome.decisions(), [told]);
        }
    }
}

/// The ends of time and of costs are decided like everything else.
pub async fn extremes_do_not_break(store: &impl RateStore) {
    for quota in all() {
        let counter = Counter::new(store);
        for nanos in [0, u64::MAX, 1, u64::MAX - 1, SECOND] {
            let now = Moment { mono: Timestamp::from_nanos(nanos), wall: UnixTime::from_nanos(nanos) };
            for cost in [0, 1, 5, 6, u32::MAX] {
                let outcome = take(store, &[counter.charge(&quota, cost)], now).await;
                let [decision] = outcome.decisions() else { panic!("one charge, one decision") };
                assert!(decision.remaining <= decision.limit);
                assert!(cost <= 5 || !decision.admitted);
            }
        }
    }
}

/// Too many charges, one counter twice, and somebody else's receipt are errors, and charge nothing.
pub async fn wrong_calls_are_errors(store: &impl RateStore) {
    let (counter, quota) = (Counter::new(store), quota!("5/minute"));
    let twice = [counter.charge(&quota, 1), counter.charge(&quota, 1)];
    let error = store.apply(Op::Take, &twice, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InvalidCall);
    let nine = [(); MAX_QUOTAS + 1].map(|()| Counter::new(store).charge(&quota, 1));
    let error = store.apply(Op::Take, &nine, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InvalidCall);
    let receipt = counter.take_for(&quota, 1, 0).await;
    let error = store.apply(Op::Settle(receipt), &nine[..2], at(0)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InvalidCall);
    assert_eq!(counter.peek(&quota, 0, 0).await.remaining, 4);
    assert!(take(store, &[], 0).await.admitted());
}
