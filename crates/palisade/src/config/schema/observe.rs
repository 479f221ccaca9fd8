//! What is written down.

use crate::config::{Confidential, Span, StoreUrl};
use serde::{Deserialize, Serialize};

/// One line a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AccessLogSettings {
    /// How lines read.
    pub format: LogFormat,
    /// Where they go: `stdout`, `stderr`, or a file, which is appended to.
    pub to: String,
    /// One of so many requests that succeeded is written.
    pub sample_successes: u64,
    /// At most so many refusals a second are written.
    pub refusals_a_second: u32,
    /// Query parameters whose values are told.
    pub query: Vec<String>,
    /// Makes pseudonyms that are the same in every process, at least 16 bytes.
    pub pseudonyms: Option<Confidential>,
}

impl Default for AccessLogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            to: "stdout".to_owned(),
            sample_successes: 1,
            refusals_a_second: 1_000,
            query: Vec::new(),
            pseudonyms: None,
        }
    }
}

/// How lines read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogFormat {
    /// An object each.
    #[default]
    Json,
    /// For people.
    Text,
    /// As events of `tracing`, wherever those go.
    Tracing,
}

/// Who did what, in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditSettings {
    /// Where it is kept: `memory`, `file:<path>`, `sqlite:<path>`, or `postgres://…`.
    pub store: StoreUrl,
    /// Keys the chain, at least 16 bytes, so that whoever writes the store cannot mend it.
    pub key: Option<Confidential>,
    /// How many records the memory keeps, 1 to 1,000,000.
    pub capacity: usize,
    /// At most so many records a second of each act of strangers; the others are counted.
    pub strangers_a_second: u32,
    /// Speaks with a database on another machine without TLS.
    pub dangerous_plaintext: bool,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            store: StoreUrl::new("memory"),
            key: None,
            capacity: 10_000,
            strangers_a_second: 100,
            dangerous_plaintext: false,
        }
    }
}

/// Those who try doors: how often is too often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SuspicionSettings {
    /// Refusals with 401 of one address in a minute; 50 unless set.
    pub unauthenticated: Option<u32>,
    /// Credentials of one address in a minute that cannot be any; 20 unless set.
    pub junk: Option<u32>,
    /// Refusals with 403 of one caller in a minute; 30 unless set.
    pub forbidden: Option<u32>,
    /// Networks from which one caller came in an hour; 20 unless set, 40 at most.
    pub networks: Option<u32>,
    /// Refuses everything of such an address for so long, 1 s to a day; needs `limits.address`.
    pub ban: Option<Span>,
    /// Networks that are never looked at.
    pub exempt: Vec<String>,
}
