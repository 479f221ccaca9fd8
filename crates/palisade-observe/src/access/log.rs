//! The guard that writes one line a request.

use super::{inner::Inner, witness::Line};
use http::request;
use palisade_core::{Denial, Facts, Guard, Reply, Tls};
use std::{fmt, sync::Arc};

/// Writes one line a request when its response's body ends; lets everything pass.
///
/// A line tells when the request came, its id, the client's address, the version of TLS where this process ended it, the caller, the method, the *template* of the route, the
/// status, the time to the first byte and in all, the bytes in and out, how it ended, why it was refused or would have been, and
/// what is left of its tightest limit. It never tells a URI, a header or a body; of the query it tells the values of parameters
/// that [`query`](super::AccessLogBuilder::query) names. A caller whose name is an e-mail address is told as a pseudonym.
///
/// Lines go to a thread of their own through at most 8 MiB of memory. Where the writer is slower, lines are dropped and counted,
/// and the count is a line: requests never wait. At most 1,000 lines a second tell of 4xx and of clients that left before an answer,
/// because anybody can do that for nothing; the others are counted too. Dropping the last clone waits up to a second for what is still to be written.
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

impl AccessLog {
    pub(super) fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
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
            tls: head.extensions.get::<Tls>().map(|tls| tls.0),
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
