//! What is refused, and how.

use super::*;
use palisade_core::Timestamp;

#[test]
fn the_details_of_a_refusal() {
    let rig = Rig::new();
    let limit = limit("plan", "1/hour fixed epoch; 1/minute");
    let facts = || Facts::new(rig.clock());
    let (head, ()) = request().into_parts();
    assert!(run(limit.check(&head, &facts())).is_ok());
    rig.advance(10);
    let denial = run(limit.check(&head, &facts())).err().unwrap();
    assert_eq!((denial.kind(), denial.reason()), (DenialKind::RateLimited, "rate_limited"));
    // The hour began 800 seconds before: 2,800 are left, 10 of them gone.
    let details = serde_json::json!({
        "policy": "plan/hour", "limit": 1, "remaining": 0, "reset": EPOCH + 2_800, "retry_after": 2_790,
    });
    assert_eq!(denial.details(), Some(&details));
    assert_eq!(denial.retry_after_seconds(), Some(2_790));
}

#[test]
fn a200_the_wait_is_at_least_a_second_and_never_too_short() {
    let rig = Rig::new();
    let limit = limit("fast", "1000/second burst 1");
    let (head, ()) = request().into_parts();
    let check = || run(limit.check(&head, &Facts::new(rig.clock())));
    assert!(check().is_ok());
    assert_eq!(check().err().unwrap().retry_after_seconds(), Some(1));
}

#[test]
fn a204_a_cost_that_can_never_pass_is_400() {
    let rig = Rig::new();
    let cost = |head: &request::Parts| head.headers["cost"].to_str().unwrap().parse().unwrap();
    let limit = limit("tokens", "100/minute; 40/second").cost_of(cost);
    let ask = |cost: u32| {
        let (mut head, ()) = request().into_parts();
        head.headers.insert("cost", cost.into());
        run(limit.check(&head, &Facts::new(rig.clock())))
    };
    for cost in [41, 101, u32::MAX] {
        let denial = ask(cost).err().unwrap();
        assert_eq!((denial.kind(), denial.reason()), (DenialKind::Invalid, "cost_exceeds_capacity"));
        assert_eq!(denial.details().unwrap()["max_cost"], 40);
    }
    assert!(ask(40).is_ok() && ask(0).is_ok());
    assert_eq!(ask(1).err().unwrap().kind(), DenialKind::RateLimited);
}

#[test]
fn setup_errors() {
    let kind = |made: Result<RateLimit, LimitError>| made.err().map(|error| error.kind());
    let new = |name: &str, quotas: &str| RateLimit::new(name, quotas, By::everyone());
    for name in ["", "a\"b", "a\\b", "ä", "a\nb", &"x".repeat(65)] {
        assert_eq!(kind(new(name, "1/day")), Some(LimitErrorKind::Name), "{name}");
    }
    assert_eq!(kind(new("x", "1/fortnight")), Some(LimitErrorKind::Quota));
    assert!(new("x", "1/fortnight").unwrap_err().to_string().ends_with('^'));
    assert_eq!(kind(new("x", "5/day; 9/hour").unwrap().cost(6)), Some(LimitErrorKind::Cost));
    assert!(new("x", "5/day").unwrap().cost(5).is_ok());
    let rate = crate::Rate::per_second(5).burst(0);
    assert_eq!(kind(RateLimit::new("x", rate, By::everyone())), Some(LimitErrorKind::Quota));
    assert!(RateLimit::new("x", crate::quota!("5/day"), By::everyone()).is_ok());
}

#[test]
fn a_store_that_fails_is_503_and_one_that_answers_later_is_waited_for() {
    let rig = Rig::new();
    let odd = |fails| limit("odd", "1/minute").store(Arc::new(Odd { answers: MemoryStore::new(), fails }));
    let later = odd(false);
    let first = rig.ask(gate(later.clone()), request());
    assert_eq!(told(&first), r#"1 0 +60 | "odd";r=0;t=60 | "odd";q=1;w=60 | -"#);
    assert_eq!(rig.ask(gate(later), request()).status(), 429);
    let (head, ()) = request().into_parts();
    let denial = run(odd(true).check(&head, &Facts::new(rig.clock()))).err().unwrap();
    assert_eq!((denial.kind(), denial.reason()), (DenialKind::Unavailable, "limiter_unavailable"));
    assert_eq!(denial.details().unwrap()["kind"], "limiter_unavailable");
    assert!(std::error::Error::source(&denial).is_some());
    assert_eq!(rig.ask(gate(odd(true)), request()).status(), 503);
}

#[test]
fn a_clock_at_its_end_is_no_panic() {
    let rig = Rig::new();
    rig.clock.set_mono(Timestamp::from_nanos(u64::MAX));
    rig.clock.set_wall(UnixTime::from_nanos(u64::MAX));
    for quotas in ["1/minute", "1/minute fixed epoch"] {
        let limit = limit("x", quotas);
        for _ in 0..3 {
            rig.ask(gate(limit.clone()), request());
        }
    }
}
