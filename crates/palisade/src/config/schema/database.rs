//! A database.

use crate::config::{Span, StoreUrl};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A database for users, refresh tokens and revocations, where no API keys are in one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DatabaseSettings {
    /// Where it is: `sqlite:<path>`, or `postgres://…`.
    pub store: Option<StoreUrl>,
    /// The most connections to it, 1 to 100.
    pub connections: u32,
    /// How long an operation waits for a connection, 10 ms to 2 s.
    pub acquire_timeout: Span,
    /// How long the database may take for an operation, 10 ms to 2 s.
    pub query_timeout: Span,
    /// Starts also while a PostgreSQL server cannot be reached.
    pub start_without_server: bool,
    /// Speaks with a database on another machine without TLS.
    pub dangerous_plaintext: bool,
}

impl DatabaseSettings {
    pub(super) const ACQUIRE: Span = Span(Duration::from_millis(250));
    pub(super) const QUERY: Span = Span(Duration::from_secs(1));
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            store: None,
            connections: 10,
            acquire_timeout: Self::ACQUIRE,
            query_timeout: Self::QUERY,
            start_without_server: false,
            dangerous_plaintext: false,
        }
    }
}
