//! The guard that keeps accounts.

use super::{
    ring::Ring,
    witness::{Shared, Telling},
};
use crate::redact::Redactor;
use http::{HeaderMap, header::AUTHORIZATION, request};
use palisade_core::{Denial, Facts, Guard, Reply, RequestId};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

/// Keeps, for a while, how each refused request was decided, and one success of so many; lets everything pass.
///
/// An account has typed facts alone: no header, path, query or body, and e-mail addresses masked. The last 4 MiB are kept, or so
/// many bytes as you say, however many requests come; a flood of refusals pushes out older ones.
///
/// It belongs into the outermost gate, inside an envelope; `Stack::explain` puts it there.
///
/// ```
/// use palisade_core::{Envelope, Format, RequestId, gate};
/// use palisade_observe::Explain;
///
/// let explain = Explain::new();
/// let layer = gate(explain.clone()).with_envelope(Envelope::new(Format::Json));
/// assert!(explain.find(RequestId::random()).is_none());
/// # let _ = layer;
/// ```
#[derive(Clone)]
pub struct Explain(Arc<Shared>);

const BYTES: usize = 4 * 1024 * 1024;
const ONE_IN: u64 = 100;

impl Explain {
    /// Keeps 4 MiB, and one success of 100.
    #[must_use]
    pub fn new() -> Self {
        Self::with(BYTES, ONE_IN)
    }

    /// Keeps at most so many bytes, and one success of so many; `0` counts as 1, which keeps every one.
    #[must_use]
    pub fn with(bytes: usize, one_in: u64) -> Self {
        Self(Arc::new(Shared {
            ring: Ring::new(bytes),
            one_in: one_in.max(1),
            successes: AtomicU64::new(0),
            redactor: Redactor::new(),
            shortens: AtomicBool::new(false),
        }))
    }

    /// Tells of addresses the network alone, /24 or /48, as [`AccessLogBuilder::shorten_addresses`](crate::AccessLogBuilder::shorten_addresses) does.
    #[must_use]
    pub fn shorten_addresses(self) -> Self {
        self.0.shortens.store(true, Relaxed);
        self
    }

    /// The account of this request as JSON, where it is still kept.
    #[must_use]
    pub fn find(&self, id: RequestId) -> Option<Box<[u8]>> {
        self.0.ring.find(id)
    }
}

impl Default for Explain {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard for Explain {
    type Pass = ();

    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        facts.keep_trail();
        let (shared, method, began) = (self.0.clone(), head.method.clone(), facts.now());
        facts.witness(Box::new(Telling { shared, method, scheme: scheme(&head.headers), began }));
        Reply::now(Ok(()))
    }
}

/// The scheme of `Authorization`, if it is a known one: what stands in place of a scheme may be a secret.
fn scheme(headers: &HeaderMap) -> Option<&'static str> {
    const KNOWN: [&str; 5] = ["Bearer", "ApiKey", "Basic", "DPoP", "Digest"];
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let word = value.split(|byte| *byte == b' ').next()?;
    Some(KNOWN.into_iter().find(|known| word.eq_ignore_ascii_case(known.as_bytes())).unwrap_or("other"))
}

impl fmt::Debug for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Explain")
    }
}
