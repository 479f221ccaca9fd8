use super::*;
use crate::{
    outcome::Outcome,
    store_error::{StoreError, StoreErrorKind},
    suite::run,
};
use http::{HeaderMap, HeaderName, Request, Response, StatusCode};
use palisade_core::{DenialKind, GateLayer, ManualClock, Throttle, Timestamp, UnixTime, gate, guard_fn};
use proptest::prelude::*;
use std::{
    convert::Infallible,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};
use tower::{Layer, Service, ServiceExt, service_fn};

const EPOCH: u64 = 1_700_000_000;

/// A clock, and a service behind gates that read it.
struct Rig {
    clock: ManualClock,
    handled: Arc<AtomicU32>,
}

impl Rig {
    fn new() -> Self {
        Self { clock: ManualClock::new(UnixTime::from_secs(EPOCH)), handled: Arc::default() }
    }

    fn clock(&self) -> Clock {
        Clock::manual(&self.clock)
    }

    /// A handler that thinks it knows better about headers, behind the gates, the first outermost.
    fn ask<C>(&self, gate: GateLayer<C>, request: Request<()>) -> Response<String>
    where
        C: palisade_core::Chain + 'static,
    {
        let handled = self.handled.clone();
        let handler = service_fn(move |_: Request<()>| {
            handled.fetch_add(1, Relaxed);
            let response = Response::builder()
                .header("X-RateLimit-Remaining", "999")
                .header("x-ratelimit-remaining", "998")
                .header("ratelimit", "mine");
            async { Ok::<_, Infallible>(response.body(String::from("done")).unwrap()) }
        });
        run(gate.clock(self.clock()).layer(handler).oneshot(request)).unwrap()
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn limit(name: &str, quotas: &str) -> RateLimit {
    RateLimit::new(name, quotas, By::everyone()).unwrap()
}

fn request() -> Request<()> {
    Request::new(())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} twice");
    value
}

/// `Limit Remaining Reset | RateLimit | RateLimit-Policy | Retry-After`, the reset as seconds after the start.
fn told<B>(response: &Response<B>) -> String {
    let one = |name| header(response.headers(), name).unwrap_or("-");
    let reset = one("x-ratelimit-reset").parse::<u64>().map_or("-".into(), |at| format!("+{}", at - EPOCH));
    format!(
        "{} {} {reset} | {} | {} | {}",
        one("x-ratelimit-limit"),
        one("x-ratelimit-remaining"),
        one("ratelimit"),
        one("ratelimit-policy"),
        one("retry-after"),
    )
}

#[test]
fn a199_a220_a235_every_response_tells_once_what_is_left() {
    let rig = Rig::new();
    let limit = limit("address", "5/second burst 3");
    let ask = || rig.ask(gate(limit.clone()), request());
    assert_eq!(told(&ask()), r#"3 2 +1 | "address";r=2;t=1 | "address";q=3;w=1 | -"#);
    assert_eq!(told(&ask()), r#"3 1 +1 | "address";r=1;t=1 | "address";q=3;w=1 | -"#);
    let last = ask();
    assert_eq!(told(&last), r#"3 0 +1 | "address";r=0;t=1 | "address";q=3;w=1 | -"#);
    assert_eq!((last.status(), last.body().as_str()), (StatusCode::OK, "done"));
    let refused = ask();
    assert_eq!(told(&refused), r#"3 0 +1 | "address";r=0;t=1 | "address";q=3;w=1 | 1"#);
    assert_eq!((refused.status(), refused.body().as_str()), (StatusCode::TOO_MANY_REQUESTS, ""));
    assert_eq!(rig.handled.load(Relaxed), 3);
    rig.advance(1);
    assert_eq!(
        told(&rig.ask(gate(limit), request())),
        r#"3 2 +2 | "address";r=2;t=1 | "address";q=3;w=1 | -"#
    );
}

#[test]
fn headers_are_a_choice() {
    let check = |headers, limit: Option<&str>, state: &str| {
        let rig = Rig::new();
        let plan = self::limit("plan", "100/minute fixed epoch").headers(headers);
        let response = rig.ask(gate(plan), request());
        assert_eq!(header(response.headers(), "x-ratelimit-limit"), limit, "{headers:?}");
        assert_eq!(header(response.headers(), "ratelimit"), Some(state), "{headers:?}");
    };
    // 1,700,000,000 is 20 seconds into a minute.
    check(Headers::Both, Some("100"), r#""plan";r=99;t=40"#);
    check(Headers::Draft10, None, r#""plan";r=99;t=40"#);
    // What is not ours to write stays the handler's.
    check(Headers::XRateLimit, Some("100"), "mine");
    check(Headers::None, None, "mine");
}

#[test]
fn several_quotas_are_all_told_and_the_tightest_is_told_twice() {
    let rig = Rig::new();
    let limit = limit("plan", "2 per 15 minutes fixed epoch; 10/hour fixed epoch; 100/hour");
    let names = r#""plan/15-minutes";q=2;w=900, "plan/hour";q=10;w=3600, "plan/hour-2";q=100;w=3600"#;
    let first = rig.ask(gate(limit.clone()), request());
    let policies = header(first.headers(), "ratelimit-policy").unwrap();
    assert_eq!(policies, names);
    assert_eq!(
        header(first.headers(), "ratelimit"),
        Some(r#""plan/15-minutes";r=1;t=100, "plan/hour";r=9;t=2800, "plan/hour-2";r=99;t=36"#)
    );
    assert_eq!(header(first.headers(), "x-ratelimit-limit"), Some("2"));
    rig.ask(gate(limit.clone()), request());
    let refused = rig.ask(gate(limit), request());
    assert_eq!(refused.status(), 429);
    // Nothing was charged to the others.
    assert_eq!(
        header(refused.headers(), "ratelimit"),
        Some(r#""plan/15-minutes";r=0;t=100, "plan/hour";r=8;t=2800, "plan/hour-2";r=98;t=36"#)
    );
    assert_eq!(header(refused.headers(), "retry-after"), Some("100"));
}

#[test]
fn the_outermost_limit_speaks_for_all() {
    let rig = Rig::new();
    let (outer, inner) = (limit("address", "10/minute"), limit("plan", "2/minute").headers(Headers::None));
    let ask = || rig.ask(gate(outer.clone().then(inner.clone())), request());
    let both = r#""address";q=10;w=60, "plan";q=2;w=60"#;
    assert_eq!(told(&ask()), format!(r#"2 1 +30 | "address";r=9;t=6, "plan";r=1;t=30 | {both} | -"#));
    ask();
    let refused = ask();
    assert_eq!(refused.status(), 429);
    assert_eq!(told(&refused), format!(r#"2 0 +60 | "address";r=7;t=6, "plan";r=0;t=30 | {both} | 30"#));
    // Refused by the outer limit, a request never comes to the inner one.
    for _ in 0..7 {
        ask();
    }
    assert_eq!(told(&ask()), r#"10 0 +60 | "address";r=0;t=6 | "address";q=10;w=60 | 6"#);
}

#[test]
fn a_later_refusal_still_tells_what_was_charged() {
    let rig = Rig::new();
    for kind in [DenialKind::Unauthenticated, DenialKind::Forbidden, DenialKind::NotFound] {
        let refuse = guard_fn(move |_, _| Err(Denial::new(kind)));
        let response = rig.ask(gate(limit("address", "10/minute").then(refuse)), request());
        assert_eq!(response.status(), kind.status());
        assert_eq!(header(response.headers(), "x-ratelimit-remaining"), Some("9"));
    }
}

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
fn a214_a_key_is_a_counter_and_its_absence_follows_by() {
    let rig = Rig::new();
    let name = HeaderName::from_static("x-tenant");
    let ask = |limit: &RateLimit, tenant: Option<&str>, noise: &str| {
        let mut request = Request::builder().header("noise", noise).uri(format!("/{noise}"));
        if let Some(tenant) = tenant {
            request = request.header("x-tenant", tenant);
        }
        rig.ask(gate(limit.clone()), request.body(()).unwrap())
    };
    let limit = RateLimit::new("tenant", "1/minute", By::header(name.clone())).unwrap();
    assert_eq!(ask(&limit, Some("a"), "1").status(), 200);
    assert_eq!(ask(&limit, Some("a"), "2").status(), 429);
    assert_eq!(ask(&limit, Some("b"), "3").status(), 200);
    assert_eq!(ask(&limit, None, "4").status(), 503);
    let exempt = RateLimit::new("tenant", "1/minute", By::header(name).or_exempt()).unwrap();
    for _ in 0..3 {
        let response = ask(&exempt, None, "5");
        assert_eq!(
            (response.status().as_u16(), header(response.headers(), "ratelimit")),
            (200, Some("mine"))
        );
    }
}

#[test]
fn a218_applied_twice_it_charges_and_tells_once() {
    let rig = Rig::new();
    let limit = limit("address", "2/minute");
    let ask = || rig.ask(gate(limit.clone().then(limit.clone())), request());
    assert_eq!(told(&ask()), r#"2 1 +30 | "address";r=1;t=30 | "address";q=2;w=60 | -"#);
    assert_eq!(told(&ask()), r#"2 0 +60 | "address";r=0;t=30 | "address";q=2;w=60 | -"#);
    assert_eq!(ask().status(), 429);
    // The same name is not the same limit.
    let twin = RateLimit::new("address", "2/minute", By::everyone()).unwrap();
    let other = rig.ask(
        gate(twin.clone().then(RateLimit::new("address", "1/minute", By::everyone()).unwrap())),
        request(),
    );
    assert_eq!(header(other.headers(), "x-ratelimit-limit"), Some("1"));
}

#[test]
fn a219_clones_share_one_state() {
    let rig = Rig::new();
    let layer = gate(limit("address", "8/minute")).clock(rig.clock());
    let done = || service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    // Layers made of one layer, and services cloned from one service.
    let mut services = Vec::new();
    for _ in 0..4 {
        let service = layer.clone().layer(done());
        services.push(service.clone());
        services.push(service);
    }
    let mut ask = || {
        let statuses = services.iter_mut().map(|service| run(service.call(request())).unwrap().status());
        statuses.filter(StatusCode::is_success).count()
    };
    assert_eq!((ask(), ask()), (8, 0));
}

#[test]
fn limits_that_share_a_store_count_apart() {
    let rig = Rig::new();
    let store: Arc<dyn RateStore> = Arc::new(MemoryStore::new());
    let make = || limit("same", "1/minute").store(store.clone());
    let (one, two) = (make(), make());
    assert_eq!(rig.ask(gate(one.clone()), request()).status(), 200);
    assert_eq!(rig.ask(gate(two), request()).status(), 200);
    assert_eq!(rig.ask(gate(one), request()).status(), 429);
    // With one seed they count together, as processes behind one shared store do.
    let make = || make().keyed_by(KeyHasher::seeded(&[7; 16], "same"));
    assert_eq!(rig.ask(gate(make()), request()).status(), 200);
    assert_eq!(rig.ask(gate(make()), request()).status(), 429);
}

#[test]
fn a_report_only_limit_leaves_the_enforced_one_its_headers() {
    let rig = Rig::new();
    let (shadow, enforced) = (limit("shadow", "1/minute"), limit("real", "5/minute"));
    let done = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    let inner = gate(enforced).clock(rig.clock()).layer(done);
    let service = gate(shadow).report_only().clock(rig.clock()).layer(inner);
    let ask = || run(service.clone().oneshot(request())).unwrap();
    let first = ask();
    assert_eq!(header(first.headers(), "x-ratelimit-limit"), Some("1"));
    let second = ask();
    assert_eq!(second.status(), 200);
    assert_eq!(told(&second), r#"5 3 +24 | "real";r=3;t=12 | "real";q=5;w=60 | -"#);
}

/// A store that fails, or answers later.
#[derive(Debug)]
struct Odd {
    answers: MemoryStore,
    fails: bool,
}

impl RateStore for Odd {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        let answer = self.answers.apply(op, charges, now).try_now();
        let fails = self.fails;
        Reply::later(
            async move { if fails { Err(StoreErrorKind::Unavailable.into()) } else { answer.unwrap() } },
        )
    }
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
fn as_a_throttle_it_charges_and_gives_back() {
    let rig = Rig::new();
    let throttle: Arc<dyn Throttle> = Arc::new(limit("login", "2/minute").clock(rig.clock()));
    let key = Key::from_bytes([3; 16]);
    let charge = || run(throttle.charge(&key));
    let (first, _second) = (charge().unwrap(), charge().unwrap());
    let refused = charge().err().unwrap();
    assert_eq!((refused.kind(), refused.retry_after_seconds()), (DenialKind::RateLimited, Some(30)));
    run(first.refund());
    assert!(charge().is_ok() && charge().is_err());
    assert!(run(throttle.charge(&Key::from_bytes([4; 16]))).is_ok());
    let failing =
        limit("login", "2/minute").store(Arc::new(Odd { answers: MemoryStore::new(), fails: true }));
    assert_eq!(run(failing.charge(&key)).err().unwrap().kind(), DenialKind::Unavailable);
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

fn quotas() -> impl Strategy<Value = String> {
    let count = 1..30_u32;
    let unit = prop_oneof![Just("second"), Just("3 seconds"), Just("minute")];
    let option = prop_oneof![
        Just(String::new()),
        (1..20_u32).prop_map(|burst| format!(" burst {burst}")),
        Just(" fixed".into()),
        Just(" fixed epoch".into()),
        Just(" fixed first-hit".into()),
    ];
    let one = (count, unit, option).prop_map(|(count, unit, option)| format!("{count}/{unit}{option}"));
    prop_oneof![one.clone(), (one, Just("; 100/hour")).prop_map(|(one, two)| one + two)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A client that has a key to itself and obeys the headers is never refused; one that runs into a refusal and waits exactly
    /// `Retry-After` passes, and had to wait less than a second more than needed.
    #[test]
    fn a201_who_obeys_is_never_refused(quotas in quotas(), naps in proptest::collection::vec(0..2_000_u64, 60), by in 0..3_u8) {
        let rig = Rig::new();
        let limit = limit("lone", &quotas);
        let number = |response: &Response<String>, name| {
            header(response.headers(), name).unwrap().parse::<u64>().unwrap()
        };
        for nap in naps {
            rig.clock.advance(Duration::from_micros(nap * 37));
            let response = rig.ask(gate(limit.clone()), request());
            match by {
                // By X-RateLimit: sleeps until the reset when nothing remains.
                0 => {
                    prop_assert_eq!(response.status(), 200);
                    if number(&response, "x-ratelimit-remaining") == 0 {
                        let reset = UnixTime::from_secs(number(&response, "x-ratelimit-reset"));
                        let wait = reset.as_nanos().saturating_sub(rig.clock.now().wall.as_nanos());
                        rig.clock.advance(Duration::from_nanos(wait));
                    }
                }
                // By RateLimit: waits for the longest `t` among the policies that have nothing left.
                1 => {
                    prop_assert_eq!(response.status(), 200);
                    let items = header(response.headers(), "ratelimit").unwrap().split(", ");
                    let waits = items.filter_map(|item| item.split_once(";r=0;t=")).map(|(_, t)| t.parse().unwrap());
                    rig.advance(waits.max().unwrap_or(0));
                }
                // By Retry-After, only once refused.
                _ => if response.status() == 429 {
                    let wait = number(&response, "retry-after");
                    prop_assert!(wait >= 1);
                    if wait > 1 {
                        // A second less would have been too early.
                        let (mono, wall) = (rig.clock.now().mono, rig.clock.now().wall);
                        rig.advance(wait - 1);
                        prop_assert_eq!(rig.ask(gate(limit.clone()), request()).status(), 429);
                        rig.clock.set_mono(mono);
                        rig.clock.set_wall(wall);
                    }
                    rig.advance(wait);
                    prop_assert_eq!(rig.ask(gate(limit.clone()), request()).status(), 200);
                }
            }
        }
    }
}
