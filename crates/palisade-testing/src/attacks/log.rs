//! What an application said while it was attacked: its `tracing` events, its access log, and its events.

use std::{
    fmt::{self, Write as _},
    io,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64, atomic::Ordering::Relaxed},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// The most that is kept, in bytes; more is dropped, and the run says so.
const KEPT: usize = 16 << 20;

/// A shared text that only grows; cheap to clone.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    /// So many bytes are there.
    pub(crate) fn len(&self) -> usize {
        self.with(|text| text.len())
    }

    /// What came after so many bytes.
    pub(crate) fn since(&self, at: usize) -> String {
        self.with(|text| text.get(at..).unwrap_or_default().to_owned())
    }

    pub(crate) fn push(&self, line: &str) {
        self.with(|text| {
            if text.len() + line.len() < KEPT {
                text.push_str(line);
                text.push('\n');
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut String) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("len", &self.len()).finish()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        self.push(line.trim_end_matches('\n'));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes every event and every span, at every level, into a log.
pub(crate) struct Listener {
    log: Log,
    spans: AtomicU64,
}

impl Listener {
    pub(crate) const fn new(log: Log) -> Self {
        Self { log, spans: AtomicU64::new(1) }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(format!("span {}", attributes.metadata().name()));
        attributes.record(&mut line);
        self.log.push(&line.0);
        span::Id::from_u64(self.spans.fetch_add(1, Relaxed).max(1))
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut line = Line("span".to_owned());
        values.record(&mut line);
        self.log.push(&line.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        self.log.push(&line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {}={value}", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_spans_of_every_level_are_heard() {
        let log = Log::default();
        tracing::subscriber::with_default(Listener::new(log.clone()), || {
            let _span = tracing::trace_span!("s", token = "a").entered();
            tracing::trace!(target: "t", word = "b", "said");
        });
        assert_eq!(log.since(0), "span s token=a\nTRACE t message=said word=b\n");
        assert_eq!(log.since(log.len()), "");
    }
}
