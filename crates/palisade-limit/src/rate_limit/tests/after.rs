//! Charges that are not final: refunds, and costs known later.

use super::*;
use crate::{reservation::Reservation, store_error::StoreErrorKind};
use http::StatusCode;
use palisade_core::Pass as _;
use proptest::prelude::*;
use std::sync::Mutex;

/// A request that was admitted, until its response.
struct Flight {
    pass: RateLimitPass,
    head: request::Parts,
    facts: Facts,
}

fn fly(rig: &Rig, limit: &RateLimit) -> Result<Flight, Denial> {
    let (mut head, ()) = request().into_parts();
    let facts = Facts::new(rig.clock());
    let mut pass = run(limit.check(&head, &facts))?;
    pass.inbound(&mut head);
    Ok(Flight { pass, head, facts })
}

impl Flight {
    fn land(self, status: u16) {
        let (mut head, ()) = Response::new(()).into_parts();
        head.status = StatusCode::from_u16(status).unwrap();
        self.pass.outbound(&mut head, &self.facts);
    }
}

fn remaining(rig: &Rig, limit: &RateLimit) -> u32 {
    let counter = limit.handle().of(&palisade_core::Subject::of(&Facts::new(rig.clock()))).unwrap().unwrap();
    run(counter.peek()).unwrap().iter().map(|standing| standing.remaining()).min().unwrap()
}

#[test]
fn only_failures_count_and_parallel_guesses_never_exceed_the_quota() {
    let rig = Rig::new();
    for quotas in ["5/minute", "5/minute fixed", "5/minute; 5/hour fixed first-hit"] {
        let limit = limit("login", quotas).only_failures();
        for _ in 0..50 {
            fly(&rig, &limit).unwrap().land(200);
            fly(&rig, &limit).unwrap().land(302);
        }
        assert_eq!(remaining(&rig, &limit), 5, "{quotas}");
        // Nobody sees room that guesses under way have taken already.
        let flights: Vec<_> = (0..50).filter_map(|_| fly(&rig, &limit).ok()).collect();
        assert_eq!(flights.len(), 5, "{quotas}");
        for (nth, flight) in flights.into_iter().enumerate() {
            flight.land(if nth == 0 { 200 } else { 401 });
        }
        assert_eq!(remaining(&rig, &limit), 1, "{quotas}");
        assert!(
            fly(&rig, &limit).is_ok_and(|flight| {
                flight.land(500);
                true
            }) && fly(&rig, &limit).is_err()
        );
    }
}

#[test]
fn cancelled_requests_stay_charged_and_refunds_stay_in_their_window() {
    let rig = Rig::new();
    let limit = limit("login", "2/minute fixed first-hit").refund_on(|status| status == 204);
    drop(fly(&rig, &limit).unwrap());
    assert_eq!(remaining(&rig, &limit), 1);
    let late = fly(&rig, &limit).unwrap();
    rig.advance(60);
    fly(&rig, &limit).unwrap().land(200);
    late.land(204);
    assert_eq!(remaining(&rig, &limit), 1);
}

#[test]
fn applied_twice_it_refunds_once() {
    let rig = Rig::new();
    let limit = limit("login", "3/minute").only_failures();
    let ask = || rig.ask(gate(limit.clone().then(limit.clone())), request());
    for _ in 0..10 {
        assert_eq!(ask().status(), 200);
    }
    assert_eq!(remaining(&rig, &limit), 3);
}

#[test]
fn a_reservation_settles_for_what_was_used() {
    let rig = Rig::new();
    for quotas in ["100/minute", "100/minute fixed", "100/minute; 200/hour"] {
        let limit = limit("tokens", quotas).cost(40).unwrap().reserving(30);
        let reserve = || {
            let flight = fly(&rig, &limit).unwrap();
            (Reservation::take(&flight.head.extensions).unwrap(), flight)
        };
        let (mut one, flight) = reserve();
        assert_eq!((one.reserved(), one.left(), remaining(&rig, &limit)), (40, 70, 60));
        assert!(Reservation::take(&flight.head.extensions).is_none());
        one.add(10);
        one.add(15);
        assert_eq!((one.used(), one.left()), (25, 45));
        run(one.finish());
        flight.land(200);
        assert_eq!(remaining(&rig, &limit), 75, "{quotas}");
        // Dropped in the middle: what was counted so far.
        let (mut two, _flight) = reserve();
        two.add(5);
        drop(two);
        assert_eq!(remaining(&rig, &limit), 70, "{quotas}");
        // Used more than reserved: owed, up to the declared debt.
        let (three, _flight) = reserve();
        run(three.settle(1_000));
        assert_eq!(remaining(&rig, &limit), 0, "{quotas}");
        assert!(fly(&rig, &limit).is_err());
        // Nobody takes it: the estimate stands.
        rig.advance(3_600);
        drop(fly(&rig, &limit).unwrap());
        assert_eq!(remaining(&rig, &limit), 60, "{quotas}");
        rig.advance(3_600);
    }
}

#[test]
fn a_debt_is_paid_back_before_anybody_passes() {
    let rig = Rig::new();
    let limit = limit("tokens", "60/minute").cost(60).unwrap().reserving(60);
    let flight = fly(&rig, &limit).unwrap();
    run(Reservation::take(&flight.head.extensions).unwrap().settle(90));
    // 30 are owed, and 60 are needed: ninety seconds.
    assert_eq!(fly(&rig, &limit).err().unwrap().retry_after_seconds(), Some(90));
    rig.advance(90);
    assert!(fly(&rig, &limit).is_ok());
}

#[test]
fn an_estimate_is_at_least_one_and_can_be_too_much() {
    let rig = Rig::new();
    let limit = limit("tokens", "10/minute fixed").reserving(5);
    let free = limit.clone().cost_of(|_| 0);
    let flight = fly(&rig, &free).unwrap();
    let reservation = Reservation::take(&flight.head.extensions).unwrap();
    assert_eq!((reservation.reserved(), reservation.left()), (1, 6));
    run(reservation.settle(6));
    assert_eq!(remaining(&rig, &free), 4);
    let denial = fly(&rig, &limit.cost_of(|_| 11)).err().unwrap();
    assert_eq!(
        (denial.kind(), denial.details().unwrap()["max_cost"].as_u64()),
        (DenialKind::Invalid, Some(10))
    );
}

#[test]
fn a_store_that_answers_later_needs_somebody_who_waits() {
    let rig = Rig::new();
    let odd = || Arc::new(Odd { answers: MemoryStore::new(), fails: false });
    let waiting: Arc<Mutex<Vec<Reply<()>>>> = Arc::default();
    let queue = waiting.clone();
    let spawning = limit("login", "5/minute")
        .only_failures()
        .store(odd())
        .settle_with(move |settlement| queue.lock().unwrap().push(settlement));
    fly(&rig, &spawning).unwrap().land(200);
    for settlement in waiting.lock().unwrap().drain(..) {
        run(settlement);
    }
    assert_eq!(remaining(&rig, &spawning), 5);
    // Nobody waits: the charge stands.
    let alone = limit("login", "5/minute").only_failures().store(odd());
    fly(&rig, &alone).unwrap().land(200);
    let decision = |limit: &RateLimit| {
        let facts = Facts::new(rig.clock());
        assert!(run(limit.check(&request().into_parts().0, &facts)).is_ok());
        facts.decisions().next().unwrap().1.remaining
    };
    // The odd store has made the settlement before it says so; a real one may not have.
    assert!(decision(&alone) >= 3);
    let failing =
        limit("login", "5/minute").store(Arc::new(Odd { answers: MemoryStore::new(), fails: true }));
    let counter = failing.handle().of(&palisade_core::Subject::default()).unwrap().unwrap();
    assert_eq!(run(counter.penalize(1)).unwrap_err().kind(), StoreErrorKind::Unavailable);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is used, a bucket ends where charging the real cost from the beginning would have left it.
    #[test]
    fn settling_is_charging_the_real_cost(estimate in 1..50_u32, actual in 0..100_u32, debt in 0..50_u32) {
        let rig = Rig::new();
        let limit = limit("tokens", "100/minute").cost(estimate).unwrap().reserving(debt);
        let flight = fly(&rig, &limit).unwrap();
        run(Reservation::take(&flight.head.extensions).unwrap().settle(actual));
        prop_assert_eq!(remaining(&rig, &limit), 100 - actual.min(estimate + debt));
    }

    /// Refunded and failed requests in any order: exactly the failures are charged.
    #[test]
    fn exactly_failures_are_charged(statuses in proptest::collection::vec(prop_oneof![Just(200), Just(401)], 0..20)) {
        let rig = Rig::new();
        let limit = limit("login", "20/day").only_failures();
        let flights: Vec<_> = statuses.iter().map(|_| fly(&rig, &limit).unwrap()).collect();
        let failures = statuses.iter().filter(|status| **status == 401).count() as u32;
        for (flight, status) in flights.into_iter().zip(statuses) {
            flight.land(status);
        }
        prop_assert_eq!(remaining(&rig, &limit), 20 - failures);
    }
}
