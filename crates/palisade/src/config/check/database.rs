//! Databases.

use super::{findings::Findings, secret::password};
use crate::config::{
    Span, StoreUrl,
    schema::{DatabaseSettings, KeySettings},
};
use std::time::Duration;

/// What is said of the connections to a database, wherever it is said.
pub(super) struct Pool<'s> {
    store: &'s StoreUrl,
    connections: u32,
    acquire_timeout: Span,
    query_timeout: Span,
    dangerous_plaintext: bool,
}

impl<'s> Pool<'s> {
    pub(super) const fn of_keys(keys: &'s KeySettings) -> Self {
        Self {
            store: &keys.store,
            connections: keys.connections,
            acquire_timeout: keys.acquire_timeout,
            query_timeout: keys.query_timeout,
            dangerous_plaintext: keys.dangerous_plaintext,
        }
    }
}

/// Bounds, and what is unwise; `table` has the settings.
pub(super) fn in_database(table: &str, pool: &Pool<'_>, findings: &mut Findings) {
    let inside = |name: &str| format!("{table}.{name}");
    let times = Span(Duration::from_millis(10))..=Span(Duration::from_secs(2));
    findings.within(&inside("connections"), &pool.connections, &(1..=100));
    findings.within(&inside("acquire_timeout"), &pool.acquire_timeout, &times);
    findings.within(&inside("query_timeout"), &pool.query_timeout, &times);
    if pool.store.has_password() {
        password(findings, &inside("store"));
    }
    findings.dangerous(
        pool.dangerous_plaintext,
        &inside("dangerous_plaintext"),
        "the database is spoken with without TLS, or without knowing that it is the right one",
    );
}

/// `auth.database`, beside what keys are in.
pub(super) fn database(settings: &DatabaseSettings, keys: Option<&KeySettings>, findings: &mut Findings) {
    let Some(store) = &settings.store else {
        findings.wrong(
            "auth.database.store",
            "is missing: write `sqlite:<path>` or `postgres://user@host/database`",
        );
        return;
    };
    if !["sqlite", "postgres", "postgresql"].contains(&store.scheme()) {
        findings.wrong("auth.database.store", "write `sqlite:<path>` or `postgres://user@host/database`");
    }
    if keys.is_some_and(|keys| keys.store == *store) {
        findings.wrong("auth.database.store", "is that of `auth.keys` already; leave `auth.database` out");
    }
    let pool = Pool {
        store,
        connections: settings.connections,
        acquire_timeout: settings.acquire_timeout,
        query_timeout: settings.query_timeout,
        dangerous_plaintext: settings.dangerous_plaintext,
    };
    in_database("auth.database", &pool, findings);
}
