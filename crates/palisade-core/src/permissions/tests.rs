//! What follows from a declaration, and what is wrong with one.

use super::{Permissions, PermissionsBuilder};
use crate::{
    principal::Principal,
    scope::{Scope, ScopeSet},
};
use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};

fn scope(word: &str) -> Scope {
    word.parse().unwrap()
}

fn scopes(words: &str) -> Vec<Scope> {
    words.split_whitespace().map(scope).collect()
}

/// `a b c` declares names, `a > b c` an implication, `a > …` everything, `x*` a wildcard, `@r a b` a role.
fn declared(lines: &[&str]) -> PermissionsBuilder {
    let none: [Scope; 0] = [];
    lines.iter().fold(Permissions::declare(none), |all, line| match line.split_once(" > ") {
        Some((word, "…")) => all.implies_everything(scope(word)),
        Some((word, others)) => all.implies(scope(word), scopes(others)),
        None if line.starts_with('@') => {
            let (name, words) = line[1..].split_once(' ').unwrap();
            all.role(name, scopes(words))
        }
        None if line.ends_with('*') => all.wildcard(*line),
        None => all.and(scopes(line)),
    })
}

fn check(lines: &[&str], held: &str, expected: &str) {
    let permissions = declared(lines).build().unwrap();
    assert_eq!(permissions.expand(&held.parse().unwrap()).to_string(), expected, "{lines:?} of {held:?}");
}

#[test]
fn what_follows() {
    check(&[], "a b", "a b");
    check(&["a b c"], "a", "a");
    let chain = ["a b c d", "a > b", "b > c"];
    check(&chain, "a", "a b c");
    check(&chain, "b", "b c");
    check(&chain, "c d", "c d");
    check(&chain, "", "");
    check(&chain, "a unknown", "a b c unknown");
    check(&chain, "A a* *", "* A a*");
    let diamond = ["a b c d", "a > b c", "b > d", "c > d"];
    check(&diamond, "a", "a b c d");
    check(&diamond, "b c", "b c d");
    let tree = ["m:read m:write l:view admin", "m:write > m:read", "m:*", "*"];
    check(&tree, "m:*", "m:* m:read m:write");
    check(&tree, "*", "* admin l:view m:* m:read m:write");
    check(&tree, "m:write l:*", "l:* m:read m:write");
    let top = ["m:read m:write admin", "m:*", "*", "admin > …"];
    check(&top, "admin", "admin m:* m:read m:write");
    check(&top, "*", "* admin m:* m:read m:write");
    check(&["a b", "b*", "a > b*"], "a", "a b b*");
}

#[test]
fn roles_have_what_their_words_imply() {
    let permissions = declared(&["a b c", "a > b", "@worker a", "@idle "]).build().unwrap();
    assert_eq!(permissions.roles().get("worker").unwrap().to_string(), "a b");
    assert!(permissions.roles().get("idle").unwrap().is_empty());
    assert!(permissions.roles().get("Worker").is_none());
    assert_eq!(permissions.words().to_string(), "a b c");
}

#[test]
fn mistakes_are_told_all_at_once() {
    let told = declared(&[
        "a b a c*d",
        "x*",
        "a*",
        "a*",
        "a*b*",
        "a > nope",
        "nope > b",
        "zero > …",
        "b > b",
        "@r a gone",
        "@r a",
    ]);
    let told = told.role("", scopes("")).role("a\n", scopes("")).role("r".repeat(65), scopes(""));
    let told = told.wildcard("no wildcard *").wildcard("a").build().unwrap_err();
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let role =
        "is no name of a role: 1 to 64 bytes without control characters, and without white space at an end";
    let expected = [
        "`a` is declared twice",
        "`c*d` is no name: declare what has a `*` with `wildcard`",
        "`x*` covers no declared name",
        "`a*` is declared twice",
        "`a*b*` is no wildcard: it is a beginning of names and then `*`",
        "`no wildcard *` is no wildcard: it is a beginning of names and then `*`",
        "`a` is no wildcard: it is a beginning of names and then `*`",
        "`nope`, which `a` has, is not declared",
        "`nope`, which an implication has, is not declared",
        "`zero`, which `implies_everything` has, is not declared",
        "`gone`, which the role `r` has, is not declared",
        "the role `r` is declared twice",
        &format!("`` {role}"),
        &format!("`a\\n` {role}"),
        &format!("`{}` {role}", "r".repeat(64)),
        "permissions imply each other in a circle: b → b",
    ];
    assert_eq!(told, expected);
}

fn circle(lines: &[&str], expected: &str) {
    let told = declared(lines).build().unwrap_err().to_string();
    assert_eq!(told, format!("permissions imply each other in a circle: {expected}"), "{lines:?}");
}

#[test]
fn circles_are_found_through_wildcards_too() {
    circle(&["a b c", "a > b", "b > c", "c > a"], "a → b → c → a");
    circle(&["m:all m:read", "m:*", "m:all > m:*"], "m:* → m:all → m:*");
    circle(&["a b", "a > …", "b > …"], "a → b → a");
}

#[test]
fn a323_a_million_of_anything_is_an_error() {
    let many = || (0..1_000_000).map(|at| scope(&format!("p{at}")));
    let told =
        Permissions::declare(many()).implies(scope("p1"), many()).role("all", many()).build().unwrap_err();
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["more than 512 names", "more than 8192 implications", "more than 512 words of a role"]);
    let wide = (0..1000).fold(Permissions::declare(scopes("a")), |all, at| {
        all.wildcard("a*").role(format!("role{at}"), scopes("nope"))
    });
    let told = wide.build().unwrap_err().to_string();
    assert_eq!(told, "more than 64 wildcards; more than 256 roles");
}

#[test]
fn the_largest_that_can_be_declared_is_built() {
    let name = |at: usize| scope(&format!("p{at:03}"));
    let chain = (1..512)
        .fold(Permissions::declare((0..512).map(name)), |all, at| all.implies(name(at - 1), [name(at)]));
    let chain = (0..64).fold(chain, |all, at| all.wildcard(format!("p{at:02}*")));
    let told = chain.clone().build().unwrap_err();
    assert!(told.iter().any(|told| told.to_string().contains("covers no declared name")), "{told}");
    let chain = (1..512)
        .fold(Permissions::declare((0..512).map(name)), |all, at| all.implies(name(at - 1), [name(at)]));
    let permissions = (0..52).fold(chain, |all, at| all.wildcard(format!("p{at:02}*"))).build().unwrap();
    assert_eq!(permissions.expand(&ScopeSet::of([name(0)])).len(), 512);
    assert_eq!(permissions.expand(&ScopeSet::of([name(510)])).to_string(), "p510 p511");
    assert_eq!(permissions.expand(&ScopeSet::of([scope("p51*")])).to_string(), "p51* p510 p511");
}

#[test]
fn what_is_wide_enough_is_not_copied() {
    let permissions = declared(&["a b c", "a > b", "c > b"]).build().unwrap();
    for held in ["", "b", "a b", "a b c x"] {
        assert!(permissions.wider(&held.parse().unwrap()).is_none(), "{held:?}");
    }
    let principal = Principal::new("static", "x").with_scopes("a".parse().unwrap()).with_plan("free");
    let wide = permissions.widen(principal);
    assert_eq!((wide.scopes().to_string().as_str(), wide.plan()), ("a b", Some("free")));
}

const WORDS: [&str; 8] = ["a:1", "a:2", "a:3", "b:1", "b:2", "c", "a:*", "b:*"];

/// Edges only from earlier to later names, so that there is no circle; wildcards imply nothing else.
fn permissions() -> impl Strategy<Value = Permissions> {
    prop::collection::vec((0_usize..6, 0_usize..6), 0..8).prop_map(|edges| {
        let names = WORDS[..6].iter().map(|word| scope(word));
        let all = Permissions::declare(names).wildcard("a:*").wildcard("b:*");
        let edges = edges.into_iter().filter(|(from, to)| from < to);
        edges
            .fold(all, |all, (from, to)| all.implies(scope(WORDS[from]), [scope(WORDS[to])]))
            .build()
            .unwrap()
    })
}

fn held() -> impl Strategy<Value = ScopeSet> {
    let word = prop::sample::select([&WORDS[..], &["free", "*"]].concat());
    prop::collection::vec(word, 0..6).prop_map(|words| words.into_iter().map(scope).collect())
}

fn within(one: &ScopeSet, other: &ScopeSet) -> bool {
    one.iter().all(|word| other.contains(word))
}

proptest! {
    /// It adds, never takes away, adds all at once, and adds no word that was not declared.
    #[test]
    fn expansion_is_a_closure(permissions in permissions(), one in held(), other in held()) {
        let wide = permissions.expand(&one);
        prop_assert!(within(&one, &wide));
        prop_assert_eq!(permissions.expand(&wide), wide.clone());
        let both: ScopeSet = one.iter().chain(other.iter()).cloned().collect();
        prop_assert!(within(&wide, &permissions.expand(&both)));
        prop_assert!(wide.iter().all(|word| one.contains(word) || permissions.words().contains(word)));
        // So whoever has all words that a key is given has all that the key will have.
        prop_assert_eq!(within(&other, &wide), within(&permissions.expand(&other), &wide));
    }
}
