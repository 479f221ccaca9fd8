//! Units taken ahead.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_core::{Key, Moment, Reply};
use palisade_limit::{Charge, MemoryStore, Op, Outcome, Quota, RateStore, StoreError, quota};
use palisade_redis::{BuildErrorKind, Leased, RedisStore};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use support::{
    SECOND, apply, at, key,
    server::{self, Server},
    take, until,
};

/// A store that counts how often it is asked, and answers later as a distant one does.
#[derive(Clone, Debug, Default)]
struct Distant {
    memory: Arc<MemoryStore>,
    asked: Arc<AtomicUsize>,
}

impl RateStore for Distant {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        self.asked.fetch_add(1, Relaxed);
        let answer = self.memory.apply(op, charges, now);
        Reply::later(async move {
            tokio::task::yield_now().await;
            answer.await
        })
    }
}

fn leased(store: Distant, batch: u32, lasts: Duration) -> Leased<Distant> {
    Leased::new(store, batch, lasts).unwrap()
}

async fn call(store: &impl RateStore, op: Op, key: Key, quota: &Quota, cost: u32, now: u64) -> Outcome {
    store.apply(op, &[Charge { key, quota, cost }], at(now)).await.unwrap()
}

#[tokio::test]
async fn a_batch_is_one_question() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("100/hour"));
    let node = leased(shared.clone(), 10, Duration::from_secs(1));
    for nth in 1..=10 {
        let outcome = call(&node, Op::Take, one, &quota, 1, 0).await;
        assert!(outcome.admitted());
        assert_eq!(outcome.decisions()[0].remaining, 100 - nth);
    }
    assert_eq!(shared.asked.load(Relaxed), 1);
    // All hundred are admitted, and not one more.
    let mut admitted = 10;
    for _ in 0..200 {
        admitted += usize::from(call(&node, Op::Take, one, &quota, 1, 0).await.admitted());
    }
    assert_eq!(admitted, 100);
}

#[tokio::test]
async fn what_is_spent_late_is_at_most_one_batch_a_node() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("40/minute fixed first-hit"));
    let nodes: Vec<_> = (0..4).map(|_| leased(shared.clone(), 5, Duration::from_secs(10))).collect();
    let mut admitted = [0; 2];
    // All nodes hold a batch when the window ends; they spend it in the next one.
    for node in &nodes {
        admitted[0] += usize::from(call(node, Op::Take, one, &quota, 1, 55 * SECOND).await.admitted());
    }
    let next = 115 * SECOND;
    for _ in 0..100 {
        for node in &nodes {
            admitted[1] += usize::from(call(node, Op::Take, one, &quota, 1, next).await.admitted());
        }
    }
    assert!(admitted[0] <= 40 && admitted[1] <= 40 + 4 * 5, "{admitted:?}");
    assert!(admitted[1] >= 40 - 4 * 5, "{admitted:?}");
}

#[tokio::test]
async fn a_batch_can_be_spent_into_the_next_window_and_no_later() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("10/minute fixed first-hit"));
    let node = leased(shared.clone(), 5, Duration::from_secs(2));
    call(&node, Op::Take, one, &quota, 1, 0).await;
    let early = shared.asked.load(Relaxed);
    call(&node, Op::Take, one, &quota, 1, SECOND).await;
    assert_eq!(shared.asked.load(Relaxed), early);
    call(&node, Op::Take, one, &quota, 1, 2 * SECOND).await;
    assert_eq!(shared.asked.load(Relaxed), early + 1);
}

#[tokio::test]
async fn what_is_left_is_given_back() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("10/hour"));
    let node = leased(shared.clone(), 8, Duration::from_millis(20));
    assert!(take(&node, one, &quota).await.unwrap());
    let left = async || apply(&shared, Op::Peek, one, &quota, 0).await.unwrap().decisions()[0].remaining;
    assert_eq!(left().await, 2);
    until("the batch to be given back", async || left().await == 9).await;
}

#[tokio::test]
async fn whoever_hangs_up_takes_no_batch_along() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("100/hour"));
    let node = leased(shared.clone(), 20, Duration::from_secs(60));
    for _ in 0..5 {
        let mut asked =
            std::pin::pin!(node.apply(Op::Take, &[Charge { key: one, quota: &quota, cost: 1 }], at(0)));
        let waker = std::task::Waker::noop();
        let _ = asked.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }
    // Each has its unit, asked for alone or out of the one batch.
    let mut admitted = 0;
    for _ in 0..200 {
        admitted += usize::from(call(&node, Op::Take, one, &quota, 1, 0).await.admitted());
    }
    assert_eq!(admitted, 95);
}

#[tokio::test]
async fn refunds_go_back_into_the_batch() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("10/hour"));
    let node = leased(shared.clone(), 10, Duration::from_secs(60));
    let receipt = call(&node, Op::Take, one, &quota, 4, 0).await.into_receipt().unwrap();
    call(&node, Op::Settle(receipt), one, &quota, 1, 0).await;
    assert_eq!(call(&node, Op::Take, one, &quota, 9, 0).await.decisions()[0].remaining, 0);
    assert!(!call(&node, Op::Take, one, &quota, 1, 0).await.admitted());
}

#[tokio::test]
async fn blocks_hold_at_once_where_they_are_set() {
    let (shared, one, quota) = (Distant::default(), key(), quota!("10/hour"));
    let node = leased(shared.clone(), 5, Duration::from_secs(60));
    call(&node, Op::Take, one, &quota, 1, 0).await;
    call(&node, Op::Block { until: at(SECOND).mono }, one, &quota, 0, 0).await;
    assert!(!call(&node, Op::Take, one, &quota, 1, 0).await.admitted());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_with_leases_share_one_server() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let (one, quota) = (key(), quota!("500/hour"));
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let redis = RedisStore::builder(server.url())
                .operation_timeout(Duration::from_millis(250))
                .build()
                .unwrap();
            let node = Arc::new(Leased::new(redis, 20, Duration::from_secs(60)).unwrap());
            (0..8).map(move |_| {
                let node = Arc::clone(&node);
                tokio::spawn(async move {
                    let mut admitted = 0;
                    for _ in 0..100 {
                        admitted += usize::from(take(&*node, one, &quota).await.unwrap());
                    }
                    admitted
                })
            })
        })
        .flat_map(Iterator::collect::<Vec<_>>)
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert!((500 - 3 * 20..=500).contains(&admitted), "{admitted}");
}

#[test]
fn leases_have_bounds() {
    let check = |batch, millis, expected| {
        let found = Leased::new(Distant::default(), batch, Duration::from_millis(millis));
        assert_eq!(found.err().map(|error| error.kind()), expected);
    };
    check(1, 10, None);
    check(10_000, 60_000, None);
    for (batch, millis) in [(0, 10), (10_001, 10), (1, 9), (1, 60_001)] {
        check(batch, millis, Some(BuildErrorKind::Lease));
    }
}
