//! How much may be asked.

use crate::config::{Confidential, Span, StoreUrl, quota_text};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// How much may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LimitSettings {
    /// Quotas of every client address, before credentials are looked at.
    #[serde(deserialize_with = "quota_text::optional")]
    pub address: Option<String>,
    /// Quotas of every verified caller.
    #[serde(deserialize_with = "quota_text::optional")]
    pub principal: Option<String>,
    /// Quotas of callers by their plan, instead of `principal`; `default` for those without one.
    #[serde(deserialize_with = "quota_text::by_name")]
    pub plans: BTreeMap<String, String>,
    /// How many requests may be in flight, 1 to 1,000,000.
    pub in_flight: Option<u32>,
    /// How many of them are kept for routes that are critical.
    pub in_flight_reserve: Option<u32>,
    /// When those who found no place are told to come back, 1 s to an hour; 1 s unless set.
    pub in_flight_retry: Option<Span>,
    /// How long a response may wait for its reader before its place is given to another, 1 s to an hour; 30 s unless set.
    pub in_flight_unread: Option<Span>,
    /// Where is counted: `memory`, or `redis://…` for many processes together.
    pub store: StoreUrl,
    /// Makes names of counters that tell nobody who was counted, at least 16 bytes, the same in all processes; made of the URL unless set.
    pub secret: Option<Confidential>,
    /// How many processes count together: what each may admit by itself while the store is down.
    pub nodes: u32,
    /// What holds while the store is down.
    pub while_down: WhileDown,
    /// How long the store may take, 1 to 250 ms.
    pub timeout: Span,
    /// How long connecting to it may take, 10 ms to 5 s.
    pub connect_timeout: Span,
    /// A file with certificate authorities of one's own in PEM, for a store that speaks TLS.
    pub certificate_authority: Option<PathBuf>,
    /// What names of counters in the store begin with.
    pub prefix: Option<String>,
    /// How many callers the memory can tell apart, 1 to 10,000,000.
    pub capacity: usize,
    /// Takes the memory for all of them at the start, for the quotas above.
    pub preallocate: bool,
    /// Admits everybody while the store is down.
    pub dangerous_open_while_down: bool,
    /// Speaks with a store on another machine without TLS.
    pub dangerous_plaintext: bool,
}

impl LimitSettings {
    /// Every quota, as it is written.
    pub(in crate::config) fn quotas(&self) -> impl Iterator<Item = &str> {
        self.address.iter().chain(&self.principal).chain(self.plans.values()).map(String::as_str)
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            address: None,
            principal: None,
            plans: BTreeMap::new(),
            in_flight: None,
            in_flight_reserve: None,
            in_flight_retry: None,
            in_flight_unread: None,
            store: StoreUrl::new("memory"),
            secret: None,
            nodes: 1,
            while_down: WhileDown::Local,
            timeout: Span(Duration::from_millis(50)),
            connect_timeout: Span(Duration::from_millis(500)),
            certificate_authority: None,
            prefix: None,
            capacity: 200_000,
            preallocate: false,
            dangerous_open_while_down: false,
            dangerous_plaintext: false,
        }
    }
}

/// What holds while the store of counters is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WhileDown {
    /// Each process admits its share by itself.
    #[default]
    Local,
    /// Everybody is refused with 503.
    Closed,
}
