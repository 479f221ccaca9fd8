//! Clients that do as they are told, for every algorithm and any cost.

use super::{laws::quotas, *};
use crate::headers::seconds_until;
use proptest::prelude::*;

proptest! {
    /// Before each request the client looks at what the last response told: where `remaining` was not enough it waits `t` seconds, as
    /// often as it takes. It is never refused, and a second less would have been too early.
    #[test]
    fn a201_who_heeds_what_is_left_is_never_refused(
        quota in quotas(),
        requests in proptest::collection::vec((0..3 * SECOND, 0..400_u32), 1..60),
    ) {
        let mut counter = Counter::new(quota);
        let mut told = counter.take(0);
        for (nap, cost) in requests {
            let cost = cost.min(quota.capacity());
            counter.now += nap;
            let mut looks = 0;
            while told.remaining < cost {
                // Each wait brings one unit at least.
                prop_assert!(looks <= quota.capacity());
                looks += 1;
                let seconds = seconds_until(told.next, at(counter.now));
                if let Some(less) = seconds.checked_sub(1) {
                    prop_assert!(counter.look(counter.now + less * SECOND, 0).remaining <= told.remaining);
                }
                counter.now += seconds * SECOND;
                told = counter.take(0);
            }
            told = counter.take(cost);
            prop_assert!(told.admitted);
        }
    }

    /// A client that sends whatever it likes and waits `Retry-After` after a refusal passes then, and not a second earlier.
    #[test]
    fn a201_who_waits_as_told_passes(
        quota in quotas(),
        requests in proptest::collection::vec((0..3 * SECOND, 1..400_u32), 1..60),
    ) {
        let mut counter = Counter::new(quota);
        for (nap, cost) in requests {
            let cost = cost.min(quota.capacity());
            counter.now += nap;
            let told = counter.take(cost);
            if told.admitted {
                continue;
            }
            let seconds = seconds_until(told.retry.unwrap(), at(counter.now));
            prop_assert!(seconds >= 1);
            prop_assert!(!counter.look(counter.now + (seconds - 1) * SECOND, cost).admitted);
            counter.now += seconds * SECOND;
            prop_assert!(counter.take(cost).admitted);
        }
    }
}
