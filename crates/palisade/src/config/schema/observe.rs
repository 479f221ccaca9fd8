//! What is written down.

use crate::config::{Confidential, Size, Span, StoreUrl};
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
    /// Tells of addresses the network alone, /24 or /48.
    pub shorten_addresses: bool,
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
            shorten_addresses: false,
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
    /// How many bytes of records wait for the store at most, 64 KiB to 8 MiB.
    pub queue: Size,
    /// What becomes of requests while there is no room.
    pub overflow: AuditOverflow,
    /// Makes pseudonyms that are the same in every process, at least 16 bytes.
    pub pseudonyms: Option<Confidential>,
    /// Records of addresses the network alone, /24 or /48.
    pub shorten_addresses: bool,
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
            queue: Size(8 << 20),
            overflow: AuditOverflow::Count,
            pseudonyms: None,
            shorten_addresses: false,
            dangerous_plaintext: false,
        }
    }
}

/// What becomes of requests while nothing can be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AuditOverflow {
    /// They go on, and what is lost is counted.
    #[default]
    Count,
    /// They wait for room, up to a second.
    Wait,
    /// They are refused with 503.
    Refuse,
}

/// How requests were decided, kept for a while.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ExplainSettings {
    /// How much is kept, 64 KiB to 256 MiB.
    pub size: Size,
    /// One of so many requests that succeeded is kept; of others all.
    pub sample_successes: u64,
    /// Tells of addresses the network alone, /24 or /48.
    pub shorten_addresses: bool,
}

impl Default for ExplainSettings {
    fn default() -> Self {
        Self { size: Size(4 << 20), sample_successes: 100, shorten_addresses: false }
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
