//! Where events of what is built go.

use palisade_core::{Event, EventSink, Reply, Tracing, Unrecorded};
use std::sync::Arc;

/// `tracing`, and the audit log where there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Sink(Option<Arc<dyn EventSink>>);

impl Sink {
    #[cfg(feature = "observe")]
    pub(super) fn and(audit: impl EventSink) -> Self {
        Self(Some(Arc::new(audit)))
    }
}

impl EventSink for Sink {
    fn emit(&self, event: &Event) {
        Tracing.emit(event);
        if let Some(audit) = &self.0 {
            audit.emit(event);
        }
    }

    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        match &self.0 {
            Some(audit) => audit.intend(event),
            None => Reply::now(Ok(())),
        }
    }

    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        Tracing.emit(event);
        match &self.0 {
            Some(audit) => audit.record(event),
            None => Reply::now(Ok(())),
        }
    }

    fn abandon(&self, event: &Event, reason: &'static str) {
        if let Some(audit) = &self.0 {
            audit.abandon(event, reason);
        }
    }
}
