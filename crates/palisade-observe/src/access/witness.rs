//! Sees a request out and writes its line.

use super::{inner::Inner, record::Record, sample::Verdict};
use http::{Method, response};
use palisade_core::{Denial, DenialKind, Ending, Facts, Moment, Timestamp, TlsVersion, Witness};
use std::{cell::RefCell, sync::Arc};

/// What a line needs of the request.
pub(super) struct Line {
    pub(super) log: Arc<Inner>,
    pub(super) method: Method,
    pub(super) query: Vec<(String, String)>,
    pub(super) tls: Option<TlsVersion>,
    pub(super) began: Moment,
    pub(super) seen: Option<Seen>,
}

/// What a line needs of the response.
pub(super) struct Seen {
    status: Option<u16>,
    refused: bool,
    /// Of a gate, a route or a handler.
    denied: Option<&'static str>,
    first_byte: Timestamp,
    facts: Facts,
}

/// Whether anybody can have this refusal for nothing: what is not a fault of ours, over gRPC too, and that there is too much to do.
fn is_free(denial: &Denial) -> bool {
    let kind = denial.kind();
    kind.status().is_client_error() || matches!(kind, DenialKind::Overloaded | DenialKind::Unavailable)
}

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Witness for Line {
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        let told = head.and_then(|head| facts.told(head));
        self.seen = Some(Seen {
            status: head.map(|head| head.status.as_u16()),
            refused: told.is_some_and(is_free),
            denied: told.or_else(|| facts.denial()).map(Denial::reason),
            first_byte: facts.clock().now().mono,
            facts: facts.clone(),
        });
    }

    fn ended(self: Box<Self>, ending: Ending, bytes: u64) {
        // Without an envelope nobody told the head, and nothing is known.
        let Some(Seen { status, refused, denied, first_byte, facts }) = &self.seen else { return };
        let now = facts.clock().now();
        let before = match self.log.sample.verdict(*status, *refused, now.mono) {
            Verdict::Skip => return,
            Verdict::Write => 0,
            Verdict::WriteAfter(suppressed) => suppressed,
        };
        let micros = |until: Timestamp| until.nanos_since(self.began.mono) / 1_000;
        let record = Record {
            at: self.began.wall,
            number: self.log.next_number(),
            method: &self.method,
            query: &self.query,
            tls: self.tls,
            status: *status,
            first_byte_us: status.map(|_| micros(*first_byte)),
            total_us: micros(now.mono),
            sent: bytes,
            ending,
            denied: *denied,
            facts,
            pseudonyms: &self.log.pseudonyms,
            shortens: self.log.shortens,
        };
        let write = |scratch: &mut Vec<u8>| {
            scratch.clear();
            self.log.sink.write(&record, before, now.wall, scratch);
        };
        let written = SCRATCH.try_with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => write(&mut scratch),
            // Within another line, which whoever takes lines has brought about.
            Err(_) => write(&mut Vec::new()),
        });
        // A thread that is ending has none any more.
        if written.is_err() {
            write(&mut Vec::new());
        }
    }
}
