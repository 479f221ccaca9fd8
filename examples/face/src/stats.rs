//! What happened since the start.

use crate::settings::AuthMode;
use palisade::{Clock, Timestamp};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// A count that only grows; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// So many.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The counts of one run; clones count together.
#[derive(Debug, Clone)]
pub struct Stats {
    clock: Clock,
    since: Timestamp,
    /// Requests that reached `/health`.
    pub health: Counter,
    /// Requests that reached `/stats`.
    pub stats: Counter,
    /// Requests that reached `/compare`.
    pub compare: Counter,
    /// Requests that reached `/migration`.
    pub migration: Counter,
    /// Pairs of pictures that were compared.
    pub compared: Counter,
    /// Pairs of which one file at least was no picture that can be compared.
    pub unusable: Counter,
    /// Requests that were refused with 429, whatever they were for.
    pub limited: Counter,
}

impl Stats {
    /// Counts from now on.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let [health, stats, compare, migration, compared, unusable, limited] =
            std::array::from_fn(|_| Counter::default());
        let since = clock.now().mono;
        Self { clock, since, health, stats, compare, migration, compared, unusable, limited }
    }

    /// What the counts are now.
    #[must_use]
    pub fn report(&self, auth: AuthMode, would_refuse: Option<BTreeMap<&'static str, u64>>) -> Report {
        Report {
            uptime_seconds: self.clock.now().mono.nanos_since(self.since) / 1_000_000_000,
            auth,
            requests: Requests {
                health: self.health.get(),
                stats: self.stats.get(),
                compare: self.compare.get(),
                migration: self.migration.get(),
            },
            comparisons: Comparisons { compared: self.compared.get(), unusable: self.unusable.get() },
            rate_limited: self.limited.get(),
            would_refuse,
        }
    }
}

/// The body of `GET /stats`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Report {
    uptime_seconds: u64,
    auth: AuthMode,
    requests: Requests,
    comparisons: Comparisons,
    rate_limited: u64,
    /// How many requests enforcing would have refused, by reason; null where nobody looked.
    #[schema(value_type = Option<BTreeMap<String, u64>>)]
    would_refuse: Option<BTreeMap<&'static str, u64>>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Requests {
    health: u64,
    stats: u64,
    compare: u64,
    migration: u64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Comparisons {
    compared: u64,
    unusable: u64,
}
