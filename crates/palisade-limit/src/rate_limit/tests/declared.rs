//! Plans, exemptions, and counters in other hands.

use super::*;
use crate::{exempt::Exempt, plan::Plans, status::LimitStatus};
use http::Method;
use palisade_core::{Authenticate, Authenticator, Credential, Principal, Scope, Subject};

/// Believes what a header says: `kind id plan scope`.
#[derive(Debug)]
struct Believer;

impl Authenticator for Believer {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        palisade_core::Authorization::of(&head.headers)?.map(|found| found.opaque()).transpose()
    }

    fn verify(
        &self,
        _: Credential<'_>,
        head: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        Reply::now(Ok(principal(head.headers["x-who"].to_str().unwrap())))
    }
}

fn principal(text: &str) -> Principal {
    let mut words = text.split(' ');
    let principal = Principal::new("api_key", words.next().unwrap());
    let principal = match words.next() {
        Some("-") | None => principal,
        Some(plan) => principal.with_plan(plan),
    };
    principal.with_scopes(words.next().unwrap_or("").parse().unwrap())
}

fn who(text: &str) -> Request<()> {
    Request::builder()
        .header("authorization", "Bearer u5vVlqUIBqbbJEMn2b3Ltw9Y")
        .header("x-who", text)
        .body(())
        .unwrap()
}

fn ask(rig: &Rig, limit: &RateLimit, request: Request<()>) -> Response<String> {
    rig.ask(gate(Authenticate::with(Believer).identify().then(limit.clone())), request)
}

fn plans() -> Plans {
    let plans = Plans::new("1/minute").unwrap().plan("free", "2/minute").unwrap();
    plans.plan("pro", "3/minute; 5/hour").unwrap().caller("api_key", "k7", "4/minute").unwrap()
}

fn by() -> By {
    By::principal().or(By::everyone())
}

#[test]
fn own_before_plan_before_default() {
    let rig = Rig::new();
    let limit = RateLimit::plans("plan", plans(), by()).unwrap();
    let policy = |text: &str| {
        let response = ask(&rig, &limit, who(text));
        header(response.headers(), "ratelimit-policy").unwrap().to_owned()
    };
    assert_eq!(policy("k1 free"), r#""plan:free";q=2;w=60"#);
    assert_eq!(policy("k2 pro"), r#""plan:pro/minute";q=3;w=60, "plan:pro/hour";q=5;w=3600"#);
    assert_eq!(policy("k7 pro"), r#""plan:own";q=4;w=60"#);
    assert_eq!(policy("k8 unheard-of"), r#""plan";q=1;w=60"#);
    assert_eq!(policy("k9"), r#""plan";q=1;w=60"#);
    assert_eq!(told(&ask(&rig, &limit, request())), r#"1 0 +60 | "plan";r=0;t=60 | "plan";q=1;w=60 | -"#);
    // A refusal has its plan's headers too, and its longest wait.
    for _ in 0..2 {
        assert_eq!(ask(&rig, &limit, who("k2 pro")).status(), 200);
    }
    let refused = ask(&rig, &limit, who("k2 pro"));
    assert_eq!((refused.status().as_u16(), header(refused.headers(), "x-ratelimit-limit")), (429, Some("3")));
    assert_eq!(header(refused.headers(), "retry-after"), Some("20"));
}

#[test]
fn plans_are_replaced_while_in_use() {
    let rig = Rig::new();
    let limit = RateLimit::plans("plan", plans(), by()).unwrap();
    let clone = limit.clone();
    assert_eq!(ask(&rig, &limit, who("k1 free")).status(), 200);
    clone.replace(&Plans::new("1/minute").unwrap().plan("free", "2/minute").unwrap()).unwrap();
    // The same quota keeps its counter.
    assert_eq!(told(&ask(&rig, &limit, who("k1 free"))).split(' ').next(), Some("2"));
    assert_eq!(ask(&rig, &limit, who("k1 free")).status(), 429);
    // Another one starts afresh.
    limit.replace(&Plans::new("7/minute").unwrap()).unwrap();
    let fresh = ask(&rig, &limit, who("k1 free"));
    assert_eq!(header(fresh.headers(), "x-ratelimit-remaining"), Some("6"));
    let plain = RateLimit::new("plain", "1/minute", By::everyone()).unwrap();
    assert_eq!(plain.replace(&plans()).unwrap_err().kind(), LimitErrorKind::NotPlanned);
    let dear = RateLimit::plans("plan", Plans::new("5/minute").unwrap(), by()).unwrap().cost(5).unwrap();
    assert_eq!(dear.replace(&plans()).unwrap_err().kind(), LimitErrorKind::Cost);
    assert!(RateLimit::plans("plan", plans(), by()).unwrap().cost(2).is_err());
}

#[test]
fn a218_a_request_under_way_is_not_charged_by_old_and_new_plans() {
    let rig = Rig::new();
    let limit = RateLimit::plans("plan", plans(), by()).unwrap();
    let (head, ()) = request().into_parts();
    let facts = Facts::new(rig.clock());
    assert!(run(limit.check(&head, &facts)).is_ok());
    limit.replace(&Plans::new("9/minute").unwrap()).unwrap();
    assert!(run(limit.check(&head, &facts)).is_ok());
    assert_eq!(facts.decisions().count(), 1);
}

#[test]
fn mistakes_in_plans_are_told() {
    let twice = Plans::new("1/minute").unwrap().plan("a", "1/minute").unwrap().plan("a", "2/minute");
    assert_eq!(twice.unwrap_err().to_string(), "the plan \"a\" stands there twice");
    let twice =
        Plans::new("1/minute").unwrap().caller("k", "a", "1/minute").unwrap().caller("k", "a", "2/minute");
    assert_eq!(twice.unwrap_err().kind(), LimitErrorKind::Declaration);
    assert_eq!(Plans::new("nothing").unwrap_err().kind(), LimitErrorKind::Quota);
    let quoted = Plans::new("1/minute").unwrap().plan("a\"b", "1/minute").unwrap();
    assert_eq!(RateLimit::plans("plan", quoted, by()).unwrap_err().kind(), LimitErrorKind::Name);
}

#[test]
fn who_is_exempt_is_not_counted_and_not_told() {
    const UNLIMITED: Scope = Scope::from_static("unlimited");
    let rig = Rig::new();
    let exempt = Exempt::nobody().principal("api_key", "monitor").scope(UNLIMITED).method(Method::OPTIONS);
    let limit = RateLimit::new("all", "1/minute", By::everyone()).unwrap().exempt(exempt);
    let options = || Request::builder().method("OPTIONS").body(()).unwrap();
    let exempt: [&dyn Fn() -> Request<()>; 3] = [&|| who("monitor"), &|| who("k1 - unlimited"), &options];
    for make in exempt {
        for _ in 0..3 {
            let response = ask(&rig, &limit, make());
            let told = header(response.headers(), "x-ratelimit-limit");
            assert_eq!((response.status().as_u16(), told), (200, None));
        }
    }
    // Nobody else, and nobody who only says so.
    assert_eq!(ask(&rig, &limit, who("k1 - read")).status(), 200);
    let claim = Request::builder().header("x-who", "monitor").body(()).unwrap();
    assert_eq!(ask(&rig, &limit, claim).status(), 429);
    let networks = Exempt::nobody().network("10.0.0.0/8").unwrap().network("2001:db8::1").unwrap();
    let limit = RateLimit::new("all", "1/minute", By::client()).unwrap().exempt(networks);
    let is_exempt = |ip: &str| limit.handle().of(&Subject::client(ip.parse().unwrap())).unwrap().is_none();
    assert!(is_exempt("10.1.2.3") && is_exempt("2001:db8::1") && is_exempt("::ffff:10.0.0.1"));
    assert!(!is_exempt("11.1.2.3") && !is_exempt("2001:db8::2"));
    let unclear = [
        "10.0.0/8",
        "10.0.0.1/8",
        "010.0.0.0/8",
        "10.0.0.0/+8",
        "10.0.0.0/33",
        "10.0.0.0/",
        "2001:db8::1/32",
    ];
    for network in unclear {
        let refused = Exempt::nobody().network(network).unwrap_err();
        assert_eq!(refused.kind(), LimitErrorKind::Declaration, "{network}");
    }
    let mapped =
        Exempt::nobody().network("::ffff:10.0.0.0/104").unwrap().network("64:ff9b::192.0.2.1").unwrap();
    for (ip, expected) in [("10.9.9.9", true), ("192.0.2.1", true), ("11.0.0.1", false), ("192.0.2.2", false)]
    {
        assert_eq!(mapped.covers(Some(ip.parse().unwrap()), None, None), expected, "{ip}");
    }
}

#[test]
fn a_part_of_the_clients_can_be_refused_first() {
    let rig = Rig::new();
    let refused = |percent: u8| -> Vec<String> {
        let by = By::header(http::HeaderName::from_static("x-tenant"));
        let limit = RateLimit::new("tenant", "1/minute", by).unwrap();
        let hasher = KeyHasher::seeded(&[7; 16], "tenant");
        let limit = limit.keyed_by(hasher).enforced_for(percent);
        let ask = |tenant: &str| {
            let request = Request::builder().header("x-tenant", tenant).body(()).unwrap();
            ask(&rig, &limit, request)
        };
        let tenants = (0..200).map(|n| format!("tenant-{n}"));
        let (out, rest): (Vec<_>, Vec<_>) = tenants.partition(|tenant| {
            assert_eq!(header(ask(tenant).headers(), "x-ratelimit-remaining"), Some("0"));
            ask(tenant).status() == 429
        });
        // Who is let through is told nothing of it, and counted all the same.
        for tenant in rest {
            assert_eq!(header(ask(&tenant).headers(), "ratelimit-policy"), None);
        }
        out
    };
    let (none, some, more, all) = (refused(0), refused(25), refused(60), refused(200));
    assert_eq!((none.len(), all.len()), (0, 200));
    assert!(
        (20..80).contains(&some.len()) && (80..160).contains(&more.len()),
        "{} {}",
        some.len(),
        more.len()
    );
    assert!(some.iter().all(|tenant| more.contains(tenant)));
}

#[test]
fn a_handle_takes_gives_blocks_and_forgets() {
    let rig = Rig::new();
    for quotas in ["10/minute", "10/minute fixed", "10/minute; 20/hour fixed"] {
        let limit = limit("address", quotas).clock(rig.clock());
        let counter = limit.handle().of(&Subject::default()).unwrap().unwrap();
        let left = || run(counter.peek()).unwrap().iter().next().unwrap().remaining();
        let passes = || rig.ask(gate(limit.clone()), request()).status() == 200;
        run(counter.penalize(4)).unwrap();
        assert_eq!(left(), 6, "{quotas}");
        run(counter.reward(3)).unwrap();
        assert_eq!(left(), 9, "{quotas}");
        run(counter.reward(100)).unwrap();
        assert_eq!(left(), 10, "{quotas}");
        // Into debt, and out of it again.
        run(counter.penalize(15)).unwrap();
        assert!(left() == 0 && !passes(), "{quotas}");
        run(counter.reward(6)).unwrap();
        assert!(left() == 1 && passes() && !passes(), "{quotas}");
        run(counter.reward(1)).unwrap();
        run(counter.block_for(Duration::from_secs(30))).unwrap();
        run(counter.block_for(Duration::from_secs(5))).unwrap();
        let status = run(counter.peek()).unwrap();
        assert!(status.iter().all(|standing| standing.is_blocked()) && !status.would_pass(), "{quotas}");
        assert!(!passes());
        let until = UnixTime::from_nanos(rig.clock.now().wall.as_nanos() + 40_000_000_000);
        run(counter.block_until(until)).unwrap();
        rig.advance(39);
        assert!(!passes());
        run(counter.clear()).unwrap();
        assert!(passes() && left() == 9, "{quotas}");
        rig.advance(7_200);
    }
}

#[test]
fn a_status_lists_all_policies_and_charges_nothing() {
    let rig = Rig::new();
    let plans = RateLimit::plans("plan", plans(), By::principal().or_exempt()).unwrap();
    let limits = [limit("all", "10/minute").clock(rig.clock()), plans.clock(rig.clock())];
    let caller = Subject::principal(principal("k2 pro"));
    assert_eq!(ask(&rig, &limits[1], who("k2 pro")).status(), 200);
    for _ in 0..20 {
        let status = run(LimitStatus::of(&limits, &caller)).unwrap();
        let expected = serde_json::json!({ "limits": [
            { "policy": "all", "limit": 10, "remaining": 10, "reset": EPOCH },
            { "policy": "plan:pro/minute", "limit": 3, "remaining": 2, "reset": EPOCH + 20 },
            { "policy": "plan:pro/hour", "limit": 5, "remaining": 4, "reset": EPOCH + 720 },
        ]});
        assert_eq!(status.to_json(), expected);
    }
    assert_eq!(run(LimitStatus::of(&limits, &Subject::default())).unwrap().iter().count(), 1);
    let strict = [RateLimit::new("caller", "1/minute", By::principal()).unwrap()];
    assert_eq!(
        run(LimitStatus::of(&strict, &Subject::default())).unwrap_err().kind(),
        DenialKind::Unavailable
    );
}
