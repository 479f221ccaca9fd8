//! The table of defaults, row by row: each test has the name of its row in `docs/defaults.md`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

#[path = "defaults/access_log.rs"]
mod access_log;
#[path = "defaults/breakers.rs"]
mod breakers;
#[path = "defaults/client_address.rs"]
mod client_address;
#[path = "defaults/concurrency.rs"]
mod concurrency;
#[path = "defaults/cors.rs"]
mod cors;
#[path = "defaults/credentials.rs"]
mod credentials;
#[path = "defaults/envelope.rs"]
mod envelope;
#[path = "defaults/limit_policies.rs"]
mod limit_policies;
#[path = "defaults/limits.rs"]
mod limits;
#[path = "defaults/log.rs"]
mod log;
#[path = "defaults/logins.rs"]
mod logins;
#[path = "defaults/observed.rs"]
mod observed;
#[path = "defaults/permissions.rs"]
mod permissions;
#[path = "defaults/quotas.rs"]
mod quotas;
#[path = "defaults/routes.rs"]
mod routes;
#[path = "defaults/settings.rs"]
mod settings;
#[path = "defaults/stack.rs"]
mod stack;
#[path = "defaults/static_tokens.rs"]
mod static_tokens;
#[path = "defaults/stores.rs"]
mod stores;

use axum::body::Body;
use http::Request;
use palisade::{Auth, DenialKind, Protected, Stack};
use std::collections::BTreeSet;
use tests::server::{Handled, tokens};

const SOURCES: [&str; 22] = [
    include_str!("defaults/access_log.rs"),
    include_str!("defaults/breakers.rs"),
    include_str!("defaults/client_address.rs"),
    include_str!("defaults/concurrency.rs"),
    include_str!("defaults/cors.rs"),
    include_str!("defaults/credentials.rs"),
    include_str!("defaults/envelope.rs"),
    include_str!("defaults/limit_policies.rs"),
    include_str!("defaults/limits.rs"),
    include_str!("defaults/logins.rs"),
    include_str!("defaults/observed.rs"),
    include_str!("defaults/permissions.rs"),
    include_str!("defaults/quotas.rs"),
    include_str!("defaults/routes.rs"),
    include_str!("defaults/settings.rs"),
    include_str!("defaults/stack.rs"),
    include_str!("defaults/static_tokens.rs"),
    include_str!("defaults/stores.rs"),
    // These need crates that this package does not know.
    include_str!("../../crates/palisade-apikey/tests/keys/defaults.rs"),
    include_str!("../../crates/palisade-jwt/tests/authenticator/defaults.rs"),
    include_str!("../../crates/palisade-jwt/tests/verify/defaults.rs"),
    include_str!("../../crates/palisade-redis/tests/defaults.rs"),
];

/// Files of other tests too, among which rows are held.
const ALSO_IN: [&str; 21] = [
    include_str!("../../crates/palisade/src/rest/tests.rs"),
    include_str!("../../crates/palisade/tests/bounded.rs"),
    include_str!("../../crates/palisade/tests/config_rehearsal.rs"),
    include_str!("../../crates/palisade/tests/config_tls.rs"),
    include_str!("../../crates/palisade/tests/observed/bans.rs"),
    include_str!("../../crates/palisade/tests/opaque.rs"),
    include_str!("../../crates/palisade/tests/tls.rs"),
    include_str!("../../crates/palisade-jwt/src/revocation/memory/tests.rs"),
    include_str!("../../crates/palisade-jwt/tests/login/defaults.rs"),
    include_str!("../../crates/palisade-jwt/tests/own/minting.rs"),
    include_str!("../../crates/palisade-jwt/tests/own/rotating.rs"),
    include_str!("../../crates/palisade-jwt/tests/remote/defaults.rs"),
    include_str!("../../crates/palisade-jwt/tests/verify/claims.rs"),
    include_str!("../../crates/palisade-limit/src/fallback/tests.rs"),
    include_str!("../../crates/palisade-observe/tests/audit/recording.rs"),
    include_str!("../../crates/palisade-redis/tests/revocations.rs"),
    include_str!("../../crates/palisade-routes/src/strict/tests.rs"),
    include_str!("config/mistakes.rs"),
    include_str!("config/whole.rs"),
    include_str!("hardening.rs"),
    include_str!("told.rs"),
];

/// A stack that says nothing but who may call.
fn stack() -> Stack {
    Stack::new(Auth::with(tokens()))
}

/// The reference routes behind it.
fn app(stack: Stack) -> Protected {
    stack.protect(tests::server::routes(&Handled::default())).unwrap()
}

/// The request with another header line.
fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

/// The words in the first column of a table.
fn ids(table: &str) -> Vec<&str> {
    table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

/// The tests of a source file.
fn tests_in(source: &str) -> Vec<&str> {
    let mut lines = source.lines();
    let mut names = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            let name = lines.next().and_then(|line| line.split_once("fn ")?.1.split('(').next());
            names.extend(name);
        }
    }
    names
}

#[test]
fn every_row_has_a_test() {
    let rows = ids(include_str!("../../docs/defaults.md"));
    let mut tests: Vec<_> = SOURCES.into_iter().flat_map(tests_in).collect();
    tests.extend(ALSO_IN.into_iter().flat_map(tests_in).filter(|test| rows.contains(test)));
    let [unique_rows, unique_tests] = [&rows, &tests].map(|names| names.iter().collect::<BTreeSet<_>>());
    let without: Vec<_> = unique_rows.symmetric_difference(&unique_tests).collect();
    assert!(without.is_empty(), "a row without a test, or a test without a row: {without:?}");
    assert!(!rows.is_empty());
    assert_eq!((rows.len(), tests.len()), (unique_rows.len(), unique_tests.len()), "a name stands twice");
}

#[test]
fn every_kind_has_its_row_in_the_guide() {
    let guide = include_str!("../../docs/guide/errors.md");
    for kind in DenialKind::ALL {
        let (status, code) = (kind.status().as_u16(), kind.code());
        let row =
            format!("| `{kind:?}` | {status} | `{code}` | {} | {} |", kind.message(), kind.grpc_status());
        assert!(guide.lines().any(|line| line == row), "{row}");
    }
    let (_, kinds) = guide.split_once("## The kinds").unwrap();
    assert_eq!(ids(kinds).len(), DenialKind::ALL.len());
}
