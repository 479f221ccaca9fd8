//! The audit log as numbers.

use super::names;
use metrics::Label;

/// So many bytes wait for the log.
#[allow(clippy::cast_precision_loss, reason = "at most 8 MiB")]
pub(crate) fn waiting(bytes: usize) {
    names::gauge(names::AUDIT_WAITING, Vec::new()).set(bytes as f64);
}

/// So many entries were appended, and how long that took.
#[allow(clippy::cast_precision_loss, reason = "a duration of 104 days is still exact")]
pub(crate) fn appended(entries: usize, nanos: u64) {
    count("appended", entries as u64);
    names::histogram(names::AUDIT_APPEND, Vec::new()).record(nanos as f64 / 1e9);
}

/// So many found no room.
pub(crate) fn dropped(entries: u64) {
    count("dropped", entries);
}

/// One was left out, because strangers cause too many like it.
pub(crate) fn suppressed() {
    count("suppressed", 1);
}

/// A change could not be recorded in time.
pub(crate) fn refused() {
    count("refused", 1);
}

/// An attempt to append failed; what waits is tried again.
pub(crate) fn failed() {
    names::counter(names::AUDIT_FAILURES, Vec::new()).increment(1);
}

fn count(outcome: &'static str, entries: u64) {
    names::counter(names::AUDIT_ENTRIES, vec![Label::from_static_parts("outcome", outcome)])
        .increment(entries);
}
