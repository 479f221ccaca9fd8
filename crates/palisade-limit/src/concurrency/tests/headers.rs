//! What responses tell.

use super::*;

/// `Limit Remaining Reset | RateLimit | RateLimit-Policy | Retry-After`, the reset as seconds after the start.
fn told<B>(response: &Response<B>) -> String {
    let headers: &HeaderMap = response.headers();
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().map_or("-", |value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} twice");
        value
    };
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

const STREAMS: &str = r#""streams";q=2;qu="concurrent-requests""#;

#[test]
fn a_unit_of_its_own_and_no_time() {
    let limit = streams(2).retry_after(5);
    let one = ask(gate(limit.clone()), request());
    assert_eq!(told(&one), format!(r#"2 1 - | "streams";r=1 | {STREAMS} | -"#));
    let two = ask(gate(limit.clone()), request());
    assert_eq!(told(&two), format!(r#"2 0 - | "streams";r=0 | {STREAMS} | -"#));
    let refused = ask(gate(limit.clone()), request());
    assert_eq!(told(&refused), format!(r#"2 0 - | "streams";r=0 | {STREAMS} | 5"#));
    // Never less than a second.
    drop((one, two, refused));
    let _one = ask(gate(limit.clone()), request());
    let _two = ask(gate(limit.clone()), request());
    assert_eq!(ask(gate(limit.retry_after(0)), request()).headers()["retry-after"], "1");
}

#[test]
fn headers_are_a_choice() {
    let check = |headers, limit: Option<&str>, state: &str, reset: Option<&str>| {
        let response = ask(gate(streams(2).headers(headers)), request());
        let get = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(
            (get("x-ratelimit-limit"), get("ratelimit"), get("x-ratelimit-reset")),
            (limit, Some(state), reset),
            "{headers:?}"
        );
    };
    // The handler's reset would be read with our limit, so it goes.
    check(Headers::Both, Some("2"), r#""streams";r=1"#, None);
    check(Headers::XRateLimit, Some("2"), "mine", None);
    check(Headers::Draft10, None, r#""streams";r=1"#, Some("7"));
    check(Headers::None, None, "mine", Some("7"));
}

#[test]
fn beside_a_rate_limit_all_are_listed_and_the_tightest_speaks() {
    let both = format!(r#""plan";q=10;w=60, {STREAMS}"#);
    let limit = streams(2);
    let plan = RateLimit::new("plan", "10/minute", By::everyone()).unwrap();
    let outside = || ask(gate(plan.clone().then(limit.clone())), request());
    let one = outside();
    assert_eq!(told(&one), format!(r#"2 1 - | "plan";r=9;t=6, "streams";r=1 | {both} | -"#));
    let _two = outside();
    let refused = outside();
    assert_eq!(told(&refused), format!(r#"2 0 - | "plan";r=7;t=6, "streams";r=0 | {both} | 1"#));
    drop(refused);
    drop(one);
    // Nothing left of either: the one that says until when.
    for _ in 0..7 {
        drop(outside());
    }
    assert_eq!(told(&outside()), r#"10 0 +60 | "plan";r=0;t=6 | "plan";q=10;w=60 | 6"#);
}

#[test]
fn outermost_it_speaks_for_all() {
    let limit = streams(2);
    let plan = RateLimit::new("plan", "2/minute", By::everyone()).unwrap().headers(Headers::None);
    let both = format!(r#"{STREAMS}, "plan";q=2;w=60"#);
    let inside = || ask(gate(limit.clone().then(plan.clone())), request());
    let one = inside();
    assert_eq!(told(&one), format!(r#"2 1 +30 | "streams";r=1, "plan";r=1;t=30 | {both} | -"#));
    drop(one);
    assert_eq!(told(&inside()), format!(r#"2 0 +60 | "streams";r=1, "plan";r=0;t=30 | {both} | -"#));
    // Refused by the limit inside, and free again once that was told.
    let refused = inside();
    assert_eq!(told(&refused), format!(r#"2 0 +60 | "streams";r=1, "plan";r=0;t=30 | {both} | 30"#));
    assert_eq!((refused.status().as_u16(), limit.in_flight()), (429, 1));
    drop(refused);
    assert_eq!(limit.in_flight(), 0);
}

#[test]
fn a_report_only_limit_leaves_the_enforced_one_its_headers() {
    let (shadow, real) = (streams(1), RateLimit::new("real", "5/minute", By::everyone()).unwrap());
    let done = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    let inner = gate(real).clock(clock()).layer(done);
    let service = worded(gate(shadow.clone()).report_only()).layer(inner);
    let first = run(service.clone().oneshot(request())).unwrap();
    assert_eq!(first.headers()["x-ratelimit-limit"], "1");
    let second = run(service.oneshot(request())).unwrap();
    assert_eq!(
        (second.status().as_u16(), &second.headers()["x-ratelimit-limit"]),
        (200, &"5".parse().unwrap())
    );
    assert_eq!(shadow.in_flight(), 1);
}
