//! What the kit puts into an application to see inside.

use super::{
    count::{Count, CountGuard, CountLayer},
    log::Log,
};
use palisade_core::{Event, EventSink};
use palisade_routes::{Routes, Row};
use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicBool, atomic::Ordering::SeqCst};

/// Eyes and ears inside an application under attack; cheap to clone.
///
/// [`watch`](Self::watch) learns the routes and counts how often their handlers run; [`log`](Self::log) takes an access log's
/// lines; and it is an [`EventSink`], for whatever emits events. What the application tells `tracing` is heard without it.
#[derive(Clone, Debug, Default)]
pub struct Probe(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rows: Mutex<Vec<Row>>,
    guarded: Count,
    open: Count,
    counts: AtomicBool,
    log: Log,
}

impl Probe {
    /// Learns these routes, and counts whose handlers run. Give what comes back to the stack.
    pub fn watch(&self, routes: Routes) -> Routes {
        self.0.counts.store(true, SeqCst);
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner).extend(routes.table().iter().cloned());
        routes.guard_each(|row| {
            let open = row.policy().is_public() || row.policy().is_optional();
            CountGuard(if open { self.0.open.clone() } else { self.0.guarded.clone() })
        })
    }

    /// Counts the calls of a guarded handler that no `Routes` hold: `get(handler).layer(probe.guarded())`.
    #[must_use]
    pub fn guarded(&self) -> CountLayer {
        self.0.counts.store(true, SeqCst);
        CountLayer(self.0.guarded.clone())
    }

    /// Where an access log may write, so that its lines are searched for secrets too.
    #[must_use]
    pub fn log(&self) -> Log {
        self.0.log.clone()
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often handlers of guarded routes ran.
    pub(crate) fn guarded_runs(&self) -> u64 {
        self.0.guarded.get()
    }

    /// How often handlers of open routes ran.
    pub(crate) fn open_runs(&self) -> u64 {
        self.0.open.get()
    }

    /// Whether runs are counted at all.
    pub(crate) fn counts(&self) -> bool {
        self.0.counts.load(SeqCst)
    }
}

impl EventSink for Probe {
    fn emit(&self, event: &Event) {
        self.0.log.push(&format!("event {event:?}"));
    }
}
