//! The settings of a recorder.

use super::{events::Recorder, inner::Inner, overflow::Overflow, queue::Queue, thread};
use crate::{audit::log::AuditLog, pseudonyms, redact::Redactor};
use palisade_core::{Clock, RequestId, Secret};
use std::{fmt, sync::Arc};

/// The settings of a [`Recorder`].
#[must_use = "nothing is recorded until it is built"]
pub struct RecorderBuilder {
    log: Arc<dyn AuditLog>,
    bytes: usize,
    a_second: u32,
    overflow: Overflow,
    redactor: Redactor,
    pseudonyms: Option<Secret>,
    shortens: bool,
    clock: Clock,
}

/// Why there is no recorder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecorderError {
    /// The secret of pseudonyms is shorter than 16 bytes.
    #[error("the secret of pseudonyms is shorter than 16 bytes: make one with `openssl rand -hex 16`")]
    ShortSecret,
    /// There would be no room for entries.
    #[error("a queue of {bytes} bytes is too short or too long: 65,536 to 8,388,608")]
    Queue {
        /// How many were asked for.
        bytes: usize,
    },
    /// The operating system gives no randomness.
    #[error("no randomness for pseudonyms")]
    Randomness,
    /// There is no thread for the log.
    #[error("no thread for the audit log")]
    Thread(#[source] std::io::Error),
}

impl Recorder {
    /// The settings of a recorder that appends to this log.
    pub fn builder(log: impl AuditLog) -> RecorderBuilder {
        RecorderBuilder::new(Arc::new(log))
    }
}

/// 8 MiB.
const MOST: usize = 8 * 1024 * 1024;
const LEAST: usize = 64 * 1024;
/// So many records a second of each act that strangers cause.
const A_SECOND: u32 = 100;

impl RecorderBuilder {
    fn new(log: Arc<dyn AuditLog>) -> Self {
        Self {
            log,
            bytes: MOST,
            a_second: A_SECOND,
            overflow: Overflow::default(),
            redactor: Redactor::new(),
            pseudonyms: None,
            shortens: false,
            clock: Clock::system(),
        }
    }

    /// How many bytes of entries wait for the log at most, 64 KiB to 8 MiB; 8 MiB otherwise.
    pub const fn queue(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How many records a second of each act that strangers can cause, such as `authn.failure`; the others are counted in one
    /// record. 100 otherwise.
    pub const fn strangers_a_second(mut self, records: u32) -> Self {
        self.a_second = records;
        self
    }

    /// What becomes of requests while the queue is full.
    pub const fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Masks texts of others with this one, which may know more than the shapes that every [`Redactor`] knows.
    pub fn redactor(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }

    /// Records of clients the network alone, /24 or /48, so that a record names nobody by an address.
    pub const fn shorten_addresses(mut self) -> Self {
        self.shortens = true;
        self
    }

    /// Makes pseudonyms of e-mail addresses that are the same in every process with this secret, of at least 16 bytes, and the same
    /// as in an [`AccessLog`](crate::AccessLog) with it.
    pub fn pseudonyms(mut self, secret: &Secret) -> Self {
        self.pseudonyms = Some(secret.clone());
        self
    }

    /// Reads time from `clock`.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts the thread that appends. Within a runtime, where the log is a database: it is used from there.
    ///
    /// # Errors
    ///
    /// Where a setting is wrong, or the system gives no thread or no randomness.
    pub fn build(self) -> Result<Recorder, RecorderError> {
        if !(LEAST..=MOST).contains(&self.bytes) {
            return Err(RecorderError::Queue { bytes: self.bytes });
        }
        let pseudonyms = pseudonyms::hasher(self.pseudonyms.as_ref()).map_err(|error| match error {
            pseudonyms::NoHasher::ShortSecret => RecorderError::ShortSecret,
            pseudonyms::NoHasher::Randomness => RecorderError::Randomness,
        })?;
        let id = RequestId::random().text();
        let origin = String::from_utf8_lossy(id.get(..13).unwrap_or_default()).into();
        let queue = Arc::new(Queue::new(self.clock.clone(), origin, self.bytes, self.a_second));
        let last = thread::Last::default();
        thread::start(queue.clone(), self.log.clone(), last.clone()).map_err(RecorderError::Thread)?;
        Ok(Recorder::of(Inner {
            log: self.log,
            queue,
            last,
            overflow: self.overflow,
            redactor: self.redactor,
            pseudonyms,
            shortens: self.shortens,
            clock: self.clock,
            runtime: tokio::runtime::Handle::try_current().ok(),
            guards: false.into(),
            verified: tokio::sync::Mutex::new(None),
        }))
    }
}

impl fmt::Debug for RecorderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecorderBuilder").field("log", &self.log).finish_non_exhaustive()
    }
}
