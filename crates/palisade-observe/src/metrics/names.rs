//! What numbers are called, and how they are handed over.

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Unit};

pub(super) const DURATION: &str = "http.server.request.duration";
pub(super) const ACTIVE: &str = "http.server.active_requests";
pub(super) const RECEIVED: &str = "http.server.request.body.size";
pub(super) const SENT: &str = "http.server.response.body.size";
pub(super) const DECISIONS: &str = "palisade.decisions";
pub(super) const ENDINGS: &str = "palisade.endings";
pub(super) const STAGES: &str = "palisade.stage.duration";
pub(super) const EVENTS: &str = "palisade.events";
pub(super) const LIMITER: &str = "palisade.limiter.degraded";
pub(super) const REVOCATIONS: &str = "palisade.revocations.degraded";
pub(super) const ISSUER_KEYS: &str = "palisade.issuer_keys.age";
#[cfg(feature = "audit")]
pub(super) const AUDIT_WAITING: &str = "palisade.audit.waiting";
#[cfg(feature = "audit")]
pub(super) const AUDIT_ENTRIES: &str = "palisade.audit.entries";
#[cfg(feature = "audit")]
pub(super) const AUDIT_FAILURES: &str = "palisade.audit.failures";
#[cfg(feature = "audit")]
pub(super) const AUDIT_APPEND: &str = "palisade.audit.append.duration";

static METADATA: Metadata<'static> = Metadata::new("palisade::metrics", Level::INFO, Some(module_path!()));

/// Tells the recorder what each number is.
pub(super) fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "From the request's arrival to the end of its response's body"
    );
    describe_gauge!(ACTIVE, "Requests whose response has not ended");
    describe_histogram!(RECEIVED, Unit::Bytes, "What was read of a request's body");
    describe_histogram!(SENT, Unit::Bytes, "What was handed on of a response's body");
    describe_counter!(DECISIONS, "Requests by what was decided about them");
    describe_counter!(ENDINGS, "Requests by how their response ended");
    describe_histogram!(STAGES, Unit::Seconds, "What each stage of a request took");
    describe_counter!(EVENTS, "Events beside responses");
    describe_gauge!(LIMITER, "1 while a shared store of counters is left alone");
    describe_gauge!(REVOCATIONS, "1 while a shared store of revoked tokens is left alone");
    describe_gauge!(
        ISSUER_KEYS,
        Unit::Seconds,
        "How old an issuer's keys were when that was last told; 0 once they are new"
    );
    #[cfg(feature = "audit")]
    {
        describe_gauge!(AUDIT_WAITING, Unit::Bytes, "What waits for the audit log");
        describe_counter!(AUDIT_ENTRIES, "Entries of the audit log by what became of them");
        describe_counter!(AUDIT_FAILURES, "Attempts to append to the audit log that failed");
        describe_histogram!(AUDIT_APPEND, Unit::Seconds, "What appending to the audit log took");
    }
}

pub(super) fn counter(name: &'static str, labels: Vec<Label>) -> Counter {
    metrics::with_recorder(|recorder| recorder.register_counter(&Key::from_parts(name, labels), &METADATA))
}

pub(super) fn gauge(name: &'static str, labels: Vec<Label>) -> Gauge {
    metrics::with_recorder(|recorder| recorder.register_gauge(&Key::from_parts(name, labels), &METADATA))
}

pub(super) fn histogram(name: &'static str, labels: Vec<Label>) -> Histogram {
    metrics::with_recorder(|recorder| recorder.register_histogram(&Key::from_parts(name, labels), &METADATA))
}
