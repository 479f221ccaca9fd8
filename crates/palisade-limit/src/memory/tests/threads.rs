//! Many threads at one key.

use super::*;
use std::thread;

#[test]
fn a202_sixty_four_threads_on_one_key_admit_exactly() {
    for quota in [
        quota!("1000/hour"),
        quota!("1000/hour fixed first-hit"),
        quota!("1000/hour sliding"),
        quota!("1000/hour strict"),
    ] {
        let store = MemoryStore::new();
        let other = quota!("100000/hour");
        let admitted: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..64)
                .map(|nth| {
                    let (store, quota, other) = (&store, &quota, &other);
                    scope.spawn(move || {
                        // Half of them charge two counters, in either order, as two limits that share a store do.
                        let (one, two) = (
                            Charge { key: key(1), quota, cost: 1 },
                            Charge { key: key(2), quota: other, cost: 1 },
                        );
                        let charges = match nth % 4 {
                            0 => vec![one, two],
                            1 => vec![two, one],
                            _ => vec![one],
                        };
                        (0..100)
                            .filter(|_| run(store.apply(Op::Take, &charges, at(0))).unwrap().admitted())
                            .count()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(admitted, 1_000);
        let left = take(&store, key(2), &other, 0, 0).remaining;
        assert!((98_400..=100_000).contains(&left), "{left}");
    }
}

/// Time goes on while they ask; whatever order they come in, what passes is the burst and what came back, to the unit.
#[test]
fn a202_sixty_four_threads_get_what_comes_back_and_no_more() {
    const STEP: u64 = 1_000_000;
    let quota = quota!("100/second burst 50");
    let (store, clock) = (MemoryStore::new(), AtomicU64::new(0));
    let passed = |charge: &[Charge<'_>], now| run(store.apply(Op::Take, charge, at(now))).unwrap().admitted();
    let charge = [Charge { key: key(1), quota: &quota, cost: 1 }];
    // The bucket is empty from the start, so that nothing that comes back is lost over its edge.
    let mut admitted = (0..50).filter(|_| passed(&charge, 0)).count() as u64;
    admitted += thread::scope(|scope| {
        let threads: Vec<_> = (0..64)
            .map(|_| {
                scope.spawn(|| (0..100).filter(|_| passed(&charge, clock.fetch_add(STEP, Relaxed))).count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap() as u64).sum::<u64>()
    });
    let end = clock.into_inner();
    // Whoever read the clock and came late left something for now.
    while passed(&charge, end) {
        admitted += 1;
    }
    assert_eq!(admitted, 50 + end / quota.interval_nanos());
}

/// Nothing is lost between looking and writing, also where requests, and threads with the counters in another order, come between.
#[test]
fn penalties_and_rewards_of_many_threads_add_up() {
    for quota in [
        quota!("1000/hour"),
        quota!("1000/hour fixed first-hit"),
        quota!("1000/hour sliding"),
        quota!("1000/hour strict"),
    ] {
        let (store, other) = (MemoryStore::new(), quota!("900/hour"));
        thread::scope(|scope| {
            for nth in 0..8 {
                let (store, quota, other) = (&store, &quota, &other);
                scope.spawn(move || {
                    let charge = |quota, cost| Charge { key: key(1), quota, cost };
                    let both = |cost| match nth % 2 {
                        0 => [charge(quota, cost), charge(other, cost)],
                        _ => [charge(other, cost), charge(quota, cost)],
                    };
                    for _ in 0..20 {
                        run(store.apply(Op::Penalize, &both(3), at(0))).unwrap();
                        assert!(run(store.apply(Op::Take, &both(1), at(0))).unwrap().admitted());
                        run(store.apply(Op::Reward, &both(2), at(0))).unwrap();
                    }
                });
            }
        });
        assert_eq!(take(&store, key(1), &quota, 0, 0).remaining, 1_000 - 8 * 20 * 2, "{quota}");
        assert_eq!(take(&store, key(1), &other, 0, 0).remaining, 900 - 8 * 20 * 2, "{quota}");
    }
}
