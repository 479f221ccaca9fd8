//! What responses tell.

use super::*;
use http::StatusCode;
use palisade_core::guard_fn;

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
