//! Whatever a stack can be told in a program can be told by settings, or it says here why not.

#![cfg(feature = "config")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade::config::Sources;
use std::collections::BTreeSet;

/// Where a word of a builder is among settings.
enum Reach {
    /// There.
    At(&'static [&'static str]),
    /// Nowhere, for this reason.
    No(&'static str),
}
use Reach::{At, No};

const STACK: &[(&str, Reach)] = &[
    ("map_auth", No("the program's own kinds of credentials; `auth = \"application\"` announces them")),
    ("client_ip", At(&["server.trusted_proxies", "server.proxy_header", "server.dangerous_trust_everyone"])),
    (
        "security_headers",
        At(&[
            "server.always_https",
            "server.strict_transport_security",
            "server.content_security_policy",
            "server.dangerous_no_security_headers",
        ]),
    ),
    ("networks", At(&["server.allow", "server.deny"])),
    ("require_https", At(&["server.require_https"])),
    ("head_limit", At(&["server.header_lines", "server.header_bytes", "server.target_bytes"])),
    ("dangerous_any_path", At(&["server.dangerous_any_path"])),
    ("access_log", At(&["access_log.format", "access_log.to"])),
    ("audit", At(&["audit.store", "audit.key_file"])),
    ("metrics", At(&["metrics"])),
    ("suspicions", At(&["suspicions.junk", "suspicions.ban"])),
    ("explain", At(&["explain.size", "explain.sample_successes", "explain.shorten_addresses"])),
    ("in_flight_limit", At(&["limits.in_flight", "limits.in_flight_reserve", "limits.in_flight_retry"])),
    ("address_limit", At(&["limits.address"])),
    ("principal_limit", At(&["limits.principal", "limits.plans.default"])),
    ("limit_store", At(&["limits.store", "limits.secret_file", "limits.prefix"])),
    ("limits", No("a handle for the program: `Assembly::limits` is it")),
    ("cors", At(&["server.cors_origins", "server.cors_methods", "server.cors_headers"])),
    ("body_limit", At(&["server.body_limit"])),
    ("body_deadline", At(&["server.body_deadline"])),
    ("body_rate", At(&["server.body_rate"])),
    ("envelope", At(&["errors.format", "errors.dress_rejections"])),
    ("report_only", At(&["report_only"])),
    ("follow_traces", At(&["server.follow_traces"])),
    ("expose_facts", No("for layers that the program puts outside")),
    ("several_nodes", At(&["several_nodes"])),
    ("clock", No("for tests")),
    ("api_document", No("a document of the program's own routes, which it serves where it likes")),
    ("protect", No("that is where the routes come in")),
];

const AUTH: &[(&str, Reach)] = &[
    ("with", At(&["auth.tokens"])),
    ("keys", At(&["auth.keys.prefix", "auth.keys.store", "auth.keys.header", "auth.keys.cache"])),
    ("jwt", At(&["auth.issuers"])),
    ("or", At(&["auth.application"])),
    (
        "permissions",
        No("what scopes imply belongs to the routes that ask for them; `auth.roles` says who has them"),
    ),
    ("strip", At(&["auth.keep_credentials"])),
    ("disabled", At(&["auth"])),
];

const TLS: &[(&str, Reach)] = &[
    ("files", At(&["tls.certificates", "tls.key"])),
    ("pem", No("a key in memory is the program's own")),
    ("only_tls13", At(&["tls.minimum"])),
    ("reload", No("files are looked at every minute")),
];

const LIMITS: &[(&str, Reach)] = &[
    ("new", No("`Assembly::limits` is one")),
    ("get", No("for the program")),
    ("standing", No("for the program")),
    ("status", No("a handler, whose path the program chooses")),
    ("ban", At(&["suspicions.ban"])),
];

const LISTENER: &[(&str, Reach)] = &[
    ("connections", At(&["server.connections"])),
    ("connections_each", At(&["server.connections_each"])),
    ("proxies", At(&["server.trusted_proxies"])),
    ("write_time", At(&["server.write_time"])),
];

const ISSUERS: &[(&str, Reach)] = &[
    ("builder", At(&["auth.issuers"])),
    ("audience", At(&["auth.issuers.0.audience"])),
    ("any_audience", At(&["auth.issuers.0.dangerous_any_audience"])),
    ("keys", No("keys of issuers are fetched; fixed ones are the program's own")),
    ("leeway", At(&["auth.issuers.0.leeway"])),
    ("max_lifetime", At(&["auth.issuers.0.max_lifetime"])),
    ("types", No("access tokens of OAuth are the one kind that issuers are asked for")),
    ("own", No("for tokens that the program issues itself")),
    ("try_keys_without_kid", No("for fixed keys, which settings do not have")),
    ("dangerous_unbound", At(&["auth.issuers.0.dangerous_unbound"])),
];

const MEMORY: &[(&str, Reach)] = &[
    ("with_capacity", At(&["limits.capacity"])),
    ("preallocate", At(&["limits.preallocate"])),
    ("events", No("`Assembly::events` is where everything tells what happens")),
];

/// The names of public methods.
fn methods(source: &str) -> BTreeSet<&str> {
    let lines = source.lines().filter(|line| line.starts_with("    pub "));
    let names = lines.filter_map(|line| line.split_once("fn ").map(|(_, rest)| rest));
    names.filter_map(|rest| rest.split(['(', '<']).next()).collect()
}

/// Whether there is a setting of this name, or one inside of it.
fn is_there(path: &str) -> bool {
    let found = Sources::new().flag("--it", path, Some("")).load();
    let text = found.map_or_else(|mistakes| mistakes.to_string(), |loaded| loaded.effective().to_string());
    !text.contains("there is no such setting")
}

#[track_caller]
fn check(what: &str, sources: &[&str], reached: &[(&str, Reach)], others: &[&str]) {
    let found: BTreeSet<_> = sources.iter().flat_map(|source| methods(source)).collect();
    let told: BTreeSet<_> = reached.iter().map(|(name, _)| *name).chain(others.iter().copied()).collect();
    assert_eq!(found.difference(&told).collect::<Vec<_>>(), [&""; 0], "{what}: no setting, and no reason");
    assert_eq!(told.difference(&found).collect::<Vec<_>>(), [&""; 0], "{what}: no such method");
    for (name, reach) in reached {
        match reach {
            At(paths) => paths.iter().for_each(|path| assert!(is_there(path), "{what}::{name}: {path}")),
            No(reason) => assert!(!reason.is_empty()),
        }
    }
}

#[test]
fn every_word_of_a_stack_has_a_setting_or_a_reason() {
    assert!(!is_there("server.nothing") && !is_there("nothing"));
    let stack = [
        include_str!("../src/stack.rs"),
        include_str!("../src/protect.rs"),
        include_str!("../src/document.rs"),
    ];
    check("Stack", &stack, STACK, &["new"]);
    check("Auth", &[include_str!("../src/auth.rs")], AUTH, &[]);
    check("StackLimits", &[include_str!("../src/stack_limits.rs")], LIMITS, &[]);
    check("BoundedListener", &[include_str!("../src/bounded_listener.rs")], LISTENER, &["new"]);
    check("VerifierBuilder", &[include_str!("../../palisade-jwt/src/verifier/builder.rs")], ISSUERS, &[]);
    check("MemoryStore", &[include_str!("../../palisade-limit/src/memory/mod.rs")], MEMORY, &["new"]);
    check("ServerTls", &[include_str!("../src/tls.rs")], TLS, &[]);
}
