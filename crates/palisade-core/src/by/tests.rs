//! One counter for each of what is counted.

use super::*;
use crate::{
    clock::Clock,
    facts::{Client, Facts},
    identity::Identity,
    principal::Principal,
    route::Route,
};
use http::{HeaderValue, Request};
use proptest::prelude::*;

fn hasher() -> KeyHasher {
    KeyHasher::seeded(&[7; 16], "test")
}

fn facts(ip: &str, principal: Option<Principal>, route: Option<&str>) -> Facts {
    let facts = Facts::new(Clock::system());
    facts.note_client(|| Client { peer: None, ip: ip.parse().unwrap() });
    if let Some(principal) = principal {
        facts.note_identity(Identity::Known(principal));
    }
    if let Some(route) = route {
        facts.note_route(&Route::new(route, "public", true));
    }
    facts
}

fn of(by: &By, facts: &Facts) -> Option<Key> {
    let (head, ()) = Request::new(()).into_parts();
    by.key(&head, facts, &hasher()).unwrap()
}

fn key(by: &By, ip: &str) -> Key {
    of(by, &facts(ip, None, None)).unwrap()
}

fn caller(kind: &'static str, id: &str) -> Facts {
    facts("192.0.2.1", Some(Principal::new(kind, id)), Some("/models/{name}"))
}

#[test]
fn a188_one_ipv6_subscriber_is_one_key() {
    let by = By::client();
    assert_eq!(key(&by, "2001:db8:1:2::1"), key(&by, "2001:db8:1:2:ffff::9"));
    assert_ne!(key(&by, "2001:db8:1:2::1"), key(&by, "2001:db8:1:3::1"));
    let exact = By::client_prefix(128);
    assert_ne!(key(&exact, "2001:db8::1"), key(&exact, "2001:db8::2"));
    assert_ne!(key(&by, "192.0.2.1"), key(&by, "192.0.2.2"));
    let widening = By::client_widening(2);
    assert_eq!(key(&widening, "2001:db8:1:2::1"), key(&by, "2001:db8:1:2::1"));
    assert_eq!(key(&widening, "2001:db8:1:3::1"), key(&widening, "2001:db8:1:2::1"));
}

#[test]
fn a_missing_part_follows_what_was_declared() {
    let facts = Facts::new(Clock::system());
    let (head, ()) = Request::new(()).into_parts();
    for by in [By::principal(), By::lineage(), By::tenant(), By::route(), By::client()] {
        let refused = by.key(&head, &facts, &hasher()).unwrap_err();
        assert_eq!((refused.kind().status().as_u16(), refused.reason()), (503, "limit_key_missing"));
        let both = By::everyone().and(by.clone());
        assert_eq!(both.key(&head, &facts, &hasher()).unwrap_err().kind().status(), 503);
        assert_eq!(of(&by.clone().or_exempt(), &facts), None);
        assert_eq!(of(&By::everyone().and(by.clone().or_exempt()), &facts), None);
        assert_eq!(of(&both.clone().or_exempt(), &facts), None);
        assert_eq!(of(&by.clone().or_shared(), &facts), of(&both.or_shared(), &facts));
        assert_eq!(of(&by.or(By::everyone()), &facts), of(&By::everyone(), &facts));
    }
}

#[test]
fn a_header_with_two_lines_is_refused_whatever_was_declared_for_a_missing_one() {
    let name = HeaderName::from_static("x-tenant");
    let facts = facts("192.0.2.1", None, None);
    let (mut head, ()) = Request::new(()).into_parts();
    head.headers.append(name.clone(), HeaderValue::from_static("chosen"));
    head.headers.append(name.clone(), HeaderValue::from_static("acme"));
    let by = || By::header(name.clone());
    for by in
        [by(), by().or(By::client()), by().or_shared(), by().or_exempt(), By::client().and(by()).or_exempt()]
    {
        let refused = by.key(&head, &facts, &hasher()).unwrap_err();
        assert_eq!(
            (refused.kind().status().as_u16(), refused.reason()),
            (400, "limit_key_ambiguous"),
            "{by:?}"
        );
    }
    // What is not asked for cannot be ambiguous.
    assert!(By::client().or(by()).key(&head, &facts, &hasher()).is_ok());
}

#[test]
fn words() {
    let check = |by: By, expected: &str| assert_eq!(by.to_string(), expected);
    let tenant = || By::header(HeaderName::from_static("x-tenant"));
    check(By::principal().or(By::client()), "principal or client");
    check(By::client_prefix(48).and(By::route()), "client/48 and route");
    check(
        By::principal().or(By::client_widening(4)).and(By::route()),
        "(principal or client widening) and route",
    );
    check(By::principal().and(By::route()).or_shared(), "principal and route or shared");
    check(tenant().or_exempt(), "header x-tenant or exempt");
    check(By::tenant().and(By::lineage().and(By::everyone())), "tenant and (lineage and everyone)");
}

#[test]
fn parts_of_a_caller() {
    let rotated = |id: &str| Principal::new("api_key", id).with_lineage("first").with_tenant("acme");
    let (old, new) = (facts("::1", Some(rotated("k1")), None), facts("::2", Some(rotated("k2")), None));
    assert_ne!(of(&By::principal(), &old), of(&By::principal(), &new));
    assert_eq!(of(&By::lineage(), &old), of(&By::lineage(), &new));
    assert_eq!(of(&By::tenant(), &old), of(&By::tenant(), &new));
    // Who descends from nobody is its own lineage; a kind apart is somebody else.
    assert_eq!(of(&By::lineage(), &caller("api_key", "first")), of(&By::lineage(), &old));
    assert_ne!(of(&By::lineage(), &caller("jwt", "first")), of(&By::lineage(), &old));
    let colleague = facts("::1", Some(Principal::new("jwt", "j").with_tenant("acme")), None);
    assert_eq!(of(&By::tenant(), &colleague), of(&By::tenant(), &old));
}

#[test]
fn a215_a_route_is_its_template() {
    let by = By::principal().and(By::route());
    let at = |route| facts("::1", Some(Principal::new("static", "ci")), Some(route));
    assert_eq!(of(&by, &at("/models/{name}")), of(&by, &at("/models/{name}")));
    assert_ne!(of(&by, &at("/models/{name}")), of(&by, &at("/models")));
    assert_ne!(of(&by, &at("/models")), of(&By::route().and(By::principal()), &at("/models")));
    let three = By::principal().and(By::route()).and(By::client());
    assert_ne!(of(&by, &at("/models")), of(&three, &at("/models")));
}

#[test]
fn a231_a_hostile_name_is_a_name() {
    let long = "x".repeat(1_024);
    let names = ["a", "a:b", "{a}", "a\nb", "a\0b", "", long.as_str()];
    let mut keys = Vec::new();
    for by in [By::principal(), By::lineage(), By::principal().and(By::route())] {
        keys.extend(names.map(|name| of(&by, &caller("static", name)).unwrap()));
    }
    let alike = keys.iter().enumerate().any(|(at, key)| keys[..at].contains(key));
    assert!(!alike);
}

#[test]
fn who_is_named_is_counted_like_who_asks() {
    let name = HeaderName::from_static("x-tenant");
    let principal = Principal::new("api_key", "k1").with_lineage("k0").with_tenant("acme");
    let facts = facts("2001:db8::1", Some(principal.clone()), Some("/models/{name}"));
    let (mut head, ()) = Request::new(()).into_parts();
    head.headers.insert(name.clone(), HeaderValue::from_static("acme"));
    let named = Subject::principal(principal)
        .with_client("2001:db8::1".parse().unwrap())
        .with_route("/models/{name}")
        .with_header(name.clone(), HeaderValue::from_static("acme"));
    let taken = Subject::of(&facts).with_header(name.clone(), HeaderValue::from_static("acme"));
    let all = By::client().and(By::principal()).and(By::route());
    for by in [
        By::client(),
        By::client_widening(4),
        By::principal(),
        By::lineage(),
        By::tenant(),
        By::header(name),
        By::route(),
        By::everyone(),
        all,
    ] {
        let asked = by.key(&head, &facts, &hasher()).unwrap();
        assert_eq!(by.key_of(&named, &hasher()).unwrap(), asked, "{by:?}");
        assert_eq!(by.key_of(&taken, &hasher()).unwrap(), asked, "{by:?}");
        let nobody = by.clone().or_exempt().key_of(&Subject::default(), &hasher()).unwrap();
        assert_eq!(nobody.is_none(), !matches!(by.part, Part::Everyone), "{by:?}");
    }
    let mapped = Subject::client("::ffff:192.0.2.1".parse().unwrap());
    assert_eq!(By::client().key_of(&mapped, &hasher()).unwrap(), Some(key(&By::client(), "192.0.2.1")));
}

proptest! {
    /// Two callers share a counter for a route exactly when both their names and their routes are the same.
    #[test]
    fn a231_compounds_are_injective(one in "[a:/{}]{0,3}", two in "[a:/{}]{0,3}", here in "[a:/{}]{0,3}", there in "[a:/{}]{0,3}") {
        let by = By::principal().and(By::route());
        let at = |id: &str, route: &str| of(&by, &facts("::1", Some(Principal::new("static", id)), Some(route)));
        prop_assert_eq!(at(&one, &here) == at(&two, &there), one == two && here == there);
    }
}
