//! The same decisions as the functions that every store is written after.

use super::counter::{Counter, MILLI, all, at, remaining, take};
use crate::{
    algorithm::{Cell, Log},
    outcome::{Charged, Receipt},
    quota,
    quota::{Algorithm, Quota},
    store::{Charge, Op, RateStore},
};
use palisade_core::{Decision, Key, Timestamp};

/// One counter, kept by hand.
struct Reference {
    quota: Quota,
    key: Key,
    cell: Option<Cell>,
    log: Log,
}

impl Reference {
    fn decide(&mut self, cost: u32, now: u64, commit: bool) -> (Decision, Charged) {
        let (now, is_log) = (at(now), self.quota.algorithm() == Algorithm::SlidingLog);
        if is_log {
            let decision = self.log.look(&self.quota, now, cost);
            let made = commit && decision.admitted && cost > 0;
            let nothing = Charged { cost, lineage: 0 };
            return (decision, if made { self.log.record(&self.quota, now, cost) } else { nothing });
        }
        let (decision, next) = self.quota.step(self.cell, &self.key, now, cost);
        if commit {
            self.cell = next.or(self.cell);
        }
        let lineage = next.map_or(0, |cell| self.quota.lineage(cell));
        (decision, Charged { cost, lineage })
    }

    fn settle(&mut self, charged: Charged, cost: u32, now: u64) {
        self.log.settle(&self.quota, at(now), charged, cost);
        self.cell = self.quota.settle(self.cell, at(now), charged, cost).or(self.cell);
    }
}

/// Times may be told up to a microsecond late, for stores whose clock is no finer, and never early.
fn is_told(told: Timestamp, expected: Timestamp) -> bool {
    told >= expected && told.nanos_since(expected) <= 1_000
}

/// Takes, looks and settlements of a long random history end as [`Quota::step`], [`Quota::settle`] and [`Log`] say.
pub async fn decisions_are_those_of_the_reference(store: &impl RateStore) {
    let more = [
        quota!("20/second burst 40"),
        quota!("7 per 3 seconds sliding"),
        quota!("50/second sliding"),
        quota!("7 per 3 seconds strict"),
        quota!("40/minute strict"),
        quota!("30/minute fixed"),
        quota!("5/day fixed calendar -03:30"),
    ];
    for quota in all().into_iter().chain(more) {
        let counter = Counter::new(store);
        let mut reference = Reference { quota, key: counter.key, cell: None, log: Log::new() };
        let (mut now, mut seed, mut open) = (0, quota.identity(), Vec::<(Receipt, Charged)>::new());
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for nth in 0..150 {
            let gap = quota.period_nanos() / MILLI / 4;
            now += match random(5) {
                0 | 1 => 0,
                2 | 3 => random(gap.div_ceil(8)),
                _ => random(3 * gap),
            } * MILLI;
            let cost = random(u64::from(quota.capacity()).min(8)) as u32;
            let (told, expected) = match random(8) {
                0 => (counter.peek(&quota, cost, now).await, reference.decide(cost, now, false).0),
                1 if !open.is_empty() => {
                    let (receipt, charged) = open.swap_remove(random(open.len() as u64) as usize);
                    let real = random(2 * u64::from(charged.cost) + 1) as u32;
                    counter.settle(&quota, receipt, real, now).await;
                    reference.settle(charged, real, now);
                    (counter.peek(&quota, 0, now).await, reference.decide(0, now, false).0)
                }
                2 | 3 => (counter.take(&quota, cost, now).await, reference.decide(cost, now, true).0),
                _ => {
                    let charge = [counter.charge(&quota, cost)];
                    let outcome = take(store, &charge, now).await;
                    let (told, (expected, charged)) =
                        (outcome.decisions()[0], reference.decide(cost, now, true));
                    if let (Some(receipt), true) = (outcome.into_receipt(), cost > 0) {
                        open.push((receipt, charged));
                    }
                    (told, expected)
                }
            };
            let what = |d: &Decision| (d.admitted, d.limit, d.remaining, d.retry.is_some());
            assert_eq!(what(&told), what(&expected), "{quota}, step {nth}");
            let retry = told.retry.zip(expected.retry);
            for (told, expected) in
                [(told.reset, expected.reset), (told.next, expected.next)].into_iter().chain(retry)
            {
                assert!(is_told(told, expected), "{quota}, step {nth}: {told:?} for {expected:?}");
            }
        }
    }
}

/// Counters of every kind in one call are charged, refused and given back together.
pub async fn every_way_of_counting_in_one_call(store: &impl RateStore) {
    let (counter, quotas) = (Counter::new(store), all());
    let charges = |cost| quotas.each_ref().map(|quota| counter.charge(quota, cost));
    assert_eq!(remaining(&take(store, &charges(2), 0).await), [3; 6]);
    // All at one moment: a window of the key's own may end at any.
    let receipt = take(store, &charges(3), 0).await.into_receipt().unwrap();
    let refused = take(store, &charges(1), 0).await;
    assert!(refused.decisions().iter().all(|decision| !decision.admitted));
    store.apply(Op::Settle(receipt), &charges(1), at(0)).await.unwrap();
    assert_eq!(remaining(&take(store, &charges(0), 0).await), [2; 6]);
    // Each of them in turn has nothing left: none is charged.
    for (nth, quota) in quotas.iter().enumerate() {
        let counter = Counter::new(store);
        counter.take(quota, 5, 0).await;
        let charges = quotas.each_ref().map(|quota| Charge { key: counter.key, quota, cost: 1 });
        let refused = take(store, &charges, 0).await;
        let mut expected = [5; 6];
        expected[nth] = 0;
        assert_eq!(remaining(&refused), expected);
        assert!(!refused.admitted() && refused.into_receipt().is_none());
        assert_eq!(remaining(&take(store, &charges.map(|c| Charge { cost: 0, ..c }), 0).await), expected);
    }
}
