//! Telling that there is no room, now and then.

use palisade_core::{Event, EventSink, Moment, Tracing};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Tells [`Event::ConcurrencyFull`], at most once a minute.
#[derive(Clone)]
pub(super) struct Alarm {
    sink: Arc<dyn EventSink>,
    told: Arc<AtomicU64>,
}

const MINUTE: u64 = 60_000_000_000;

impl Alarm {
    pub(super) fn new(sink: impl EventSink) -> Self {
        Self { sink: Arc::new(sink), told: Arc::default() }
    }

    #[cold]
    pub(super) fn ring(&self, capacity: usize, now: Moment) {
        let (now, told) = (now.mono.as_nanos().max(1), self.told.load(Relaxed));
        let due = told == 0 || now.saturating_sub(told) >= MINUTE;
        if due && self.told.compare_exchange(told, now, Relaxed, Relaxed).is_ok() {
            self.sink.emit(&Event::ConcurrencyFull { capacity });
        }
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self::new(Tracing)
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alarm")
    }
}
