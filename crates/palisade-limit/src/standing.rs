//! Asking where several counters stand.

use crate::{
    handle::Counter,
    outcome::Outcome,
    quota::MAX_QUOTAS,
    rate_limit::RateLimit,
    refusal::unavailable,
    settlement::eager,
    status::LimitStatus,
    store::{Charge, Op},
    store_error::{StoreError, StoreErrorKind},
};
use palisade_core::{Denial, Moment, Reply, Subject};
use std::sync::Arc;

impl LimitStatus {
    /// Where a subject stands with several limits, in this order; those that it is exempt from are left out.
    ///
    /// It is no request and charges nothing, so a route that answers with it should have a limit of its own.
    ///
    /// # Errors
    ///
    /// 503 where a store cannot tell, or the subject does not name what a limit counts by.
    pub fn of(limits: &[RateLimit], subject: &Subject) -> Reply<Result<Self, Denial>> {
        let counters: Result<Vec<_>, _> = limits.iter().map(|limit| limit.handle().of(subject)).collect();
        match counters {
            Ok(counters) => Self::of_counters(counters.into_iter().flatten().collect()),
            Err(denial) => Reply::now(Err(denial)),
        }
    }

    /// Where these counters stand, in this order; nothing is charged. Neighbours that one store keeps are asked of it in one step, up to
    /// eight quotas at a time; a store that does not look at them together, as a cluster does where they are on several nodes, is asked
    /// for each.
    ///
    /// # Errors
    ///
    /// 503 where a store cannot tell.
    pub fn of_counters(counters: Vec<Counter>) -> Reply<Result<Self, Denial>> {
        // All are under way before the first is waited for.
        let asked: Vec<_> = neighbours(counters).into_iter().map(ask).collect();
        eager(async move {
            let mut all = Self::default();
            for (counters, now, reply) in asked {
                match reply.await {
                    Ok(outcome) => all.tell(&counters, &outcome, now),
                    Err(error) if error.kind() == StoreErrorKind::InvalidCall && counters.len() > 1 => {
                        let alone: Vec<_> = counters.iter().map(Counter::peek).collect();
                        for status in alone {
                            all.append(status.await.map_err(unavailable)?);
                        }
                    }
                    Err(error) => return Err(unavailable(error)),
                }
            }
            Ok(all)
        })
    }

    fn tell(&mut self, counters: &[Counter], outcome: &Outcome, now: Moment) {
        let policies = counters.iter().flat_map(|counter| counter.policies.list());
        for (policy, decision) in policies.zip(outcome.decisions()) {
            self.push(policy, *decision, now);
        }
    }
}

type Asked = (Vec<Counter>, Moment, Reply<Result<Outcome, StoreError>>);

fn ask(counters: Vec<Counter>) -> Asked {
    let now = counters.first().map(|first| first.clock.now()).unwrap_or_default();
    let charges: Vec<_> = counters
        .iter()
        .flat_map(|counter| {
            counter.policies.quotas().iter().map(|quota| Charge { key: counter.key, quota, cost: 0 })
        })
        .collect();
    let reply = match counters.first() {
        Some(first) => first.limit.store.apply(Op::Peek, &charges, now),
        None => Reply::now(Ok(Outcome::new())),
    };
    drop(charges);
    (counters, now, reply)
}

/// Counters that follow one another and that one store is asked for together.
fn neighbours(counters: Vec<Counter>) -> Vec<Vec<Counter>> {
    let mut groups: Vec<Vec<Counter>> = Vec::new();
    for counter in counters {
        let is_neighbour = |group: &&mut Vec<Counter>| {
            let quotas = |counter: &Counter| counter.policies.quotas().len();
            group.first().is_some_and(|first| Arc::ptr_eq(&first.limit.store, &counter.limit.store))
                && group.iter().map(quotas).sum::<usize>() + quotas(&counter) <= MAX_QUOTAS
        };
        match groups.last_mut().filter(is_neighbour) {
            Some(group) => group.push(counter),
            None => groups.push(vec![counter]),
        }
    }
    groups
}
