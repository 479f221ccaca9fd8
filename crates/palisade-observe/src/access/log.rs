//! The guard that writes one line a request.

use super::{builder::AccessLogBuilder, sample::Sample, sink::Sink, witness::Line};
use crate::redact::Redactor;
use http::request;
use palisade_core::{Denial, Facts, Guard, KeyHasher, Reply};
use std::{
    fmt,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Writes one line a request when its response's body ends; lets everything pass.
///
/// A line tells when the request came, its id, the client's address, the caller, the method, the *template* of the route, the
/// status, the time to the first byte and in all, the bytes in and out, how it ended, why it was refused or would have been, and
/// what is left of its tightest limit. It never tells a URI, a header or a body; of the query it tells the values of parameters
/// that [`query`](AccessLogBuilder::query) names. A caller whose name is an e-mail address is told as a pseudonym.
///
/// Lines go to a thread of their own through at most 8 MiB of memory. Where the writer is slower, lines are dropped and counted,
/// and the count is a line: requests never wait. At most 1,000 lines a second tell of 4xx, because anybody can have those for
/// nothing; the others are counted too. Dropping the last clone waits up to a second for what is still to be written.
///
/// It belongs into the outermost gate, inside an envelope; `Stack::access_log` puts it there.
///
/// ```
/// use palisade_core::{Envelope, Format, gate};
/// use palisade_observe::AccessLog;
///
/// let log = AccessLog::text(std::io::stderr()).query(["page", "limit"]).build()?;
/// let layer = gate(log).with_envelope(Envelope::new(Format::Json));
/// # let _ = layer;
/// # Ok::<(), palisade_observe::AccessLogError>(())
/// ```
#[derive(Clone)]
pub struct AccessLog(Arc<Inner>);

pub(super) struct Inner {
    pub(super) sink: Sink,
    pub(super) sample: Sample,
    pub(super) pseudonyms: KeyHasher,
    pub(super) query: Box<[Box<str>]>,
    pub(super) redactor: Redactor,
    pub(super) numbers: AtomicU64,
}

/// So many parameters are told at most.
const MOST_PARAMETERS: usize = 16;

impl AccessLog {
    /// Lines of JSON, for machines.
    pub fn json(writer: impl Write + Send + 'static) -> AccessLogBuilder {
        AccessLogBuilder::json(Box::new(writer))
    }

    /// Lines that people read.
    pub fn text(writer: impl Write + Send + 'static) -> AccessLogBuilder {
        AccessLogBuilder::text(Box::new(writer))
    }

    /// Lines of JSON as the message of `tracing` events at INFO with the target `palisade::access`.
    pub fn tracing() -> AccessLogBuilder {
        AccessLogBuilder::tracing()
    }

    pub(super) fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl Inner {
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Relaxed)
    }

    /// Parameters that may be told, with their values masked.
    pub(super) fn told(&self, query: Option<&str>) -> Vec<(String, String)> {
        let Some(query) = query.filter(|_| !self.query.is_empty()) else { return Vec::new() };
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| self.query.iter().any(|told| **told == **name))
            .take(MOST_PARAMETERS)
            .map(|(name, value)| (name.into_owned(), self.redactor.redact(&value).into_owned()))
            .collect()
    }
}

impl Guard for AccessLog {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        let Self(inner) = self;
        facts.witness(Box::new(Line {
            log: inner.clone(),
            method: head.method.clone(),
            query: inner.told(head.uri.query()),
            began: facts.now(),
            seen: None,
        }));
        Reply::now(Ok(()))
    }
}

impl fmt::Debug for AccessLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLog").field("sink", &self.0.sink).finish_non_exhaustive()
    }
}
