//! The settings of an access log.

use super::{
    inner::Inner,
    log::AccessLog,
    queue::{LONGEST_WAIT, Queue},
    sample::Sample,
    self_test,
    sink::{Form, Sink},
};
use crate::{
    pseudonyms::{self, NoHasher},
    redact::Redactor,
};
use palisade_core::{Clock, Secret};
use std::{fmt, io::Write, sync::atomic::AtomicU64};

/// The settings of an [`AccessLog`].
#[must_use = "nothing is logged until it is built"]
pub struct AccessLogBuilder {
    target: Target,
    sample: Sample,
    query: Vec<Box<str>>,
    redactor: Redactor,
    pseudonyms: Option<Secret>,
    shortens: bool,
    clock: Clock,
}

enum Target {
    Writer(Form, Box<dyn Write + Send>),
    Tracing,
}

/// Why there is no access log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessLogError {
    /// The secret of pseudonyms is shorter than 16 bytes.
    #[error("the secret of pseudonyms is shorter than 16 bytes: make one with `openssl rand -hex 16`")]
    ShortSecret,
    /// `sample_successes(0)` would write none; leave successes out where you read the log.
    #[error("one success of 0 cannot be written: `sample_successes` takes 1 or more")]
    NoSuccesses,
    /// A secret that was planted in a request came out in its line.
    #[error("a secret in the parameter `{parameter}` would be logged: take it out of `query`")]
    Leak {
        /// The parameter.
        parameter: String,
    },
    /// The operating system gives no randomness.
    #[error("no randomness for pseudonyms")]
    Randomness,
    /// There is no thread for the writer.
    #[error("no thread for the writer")]
    Thread(#[source] std::io::Error),
}

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
}

impl AccessLogBuilder {
    fn new(target: Target) -> Self {
        Self {
            target,
            sample: Sample::new(),
            query: Vec::new(),
            redactor: Redactor::new(),
            pseudonyms: None,
            shortens: false,
            clock: Clock::system(),
        }
    }

    pub(super) fn json(writer: Box<dyn Write + Send>) -> Self {
        Self::new(Target::Writer(Form::Json, writer))
    }

    pub(super) fn text(writer: Box<dyn Write + Send>) -> Self {
        Self::new(Target::Writer(Form::Text, writer))
    }

    pub(super) fn tracing() -> Self {
        Self::new(Target::Tracing)
    }

    /// Writes one of so many requests that succeeded (1xx to 3xx); all of them otherwise. Everything else is always written.
    pub fn sample_successes(mut self, one_in: u64) -> Self {
        self.sample.one_in = one_in;
        self
    }

    /// Writes at most so many lines a second of requests that were refused (4xx) or left before there was an answer, and counts the others;
    /// 1,000 otherwise.
    pub fn refusals_a_second(mut self, lines: u32) -> Self {
        self.sample.refusals = lines;
        self
    }

    /// Tells the values of these query parameters, at most 16 a request, after masking what looks like a secret; none otherwise.
    ///
    /// Names are compared exactly, after decoding.
    pub fn query<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.query.extend(names.into_iter().map(|name| name.as_ref().into()));
        self
    }

    /// Masks the values of query parameters with this one, which may know more than the shapes that every [`Redactor`] knows.
    pub fn redactor(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }

    /// Tells of clients the network alone, /24 or /48, so that a line names nobody by an address.
    pub fn shorten_addresses(mut self) -> Self {
        self.shortens = true;
        self
    }

    /// Makes pseudonyms that are the same in every process with this secret, of at least 16 bytes; without it they are the same
    /// for as long as this process lives.
    pub fn pseudonyms(mut self, secret: &Secret) -> Self {
        self.pseudonyms = Some(secret.clone());
        self
    }

    /// Reads time from `clock` where a line is about no request.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Logs a request full of planted secrets to see that none comes out, starts the thread that writes, and is ready.
    ///
    /// # Errors
    ///
    /// Where a setting is wrong, or the system gives no thread or no randomness.
    pub fn build(self) -> Result<AccessLog, AccessLogError> {
        if self.sample.one_in == 0 {
            return Err(AccessLogError::NoSuccesses);
        }
        let pseudonyms = pseudonyms::hasher(self.pseudonyms.as_ref()).map_err(|error| match error {
            NoHasher::ShortSecret => AccessLogError::ShortSecret,
            NoHasher::Randomness => AccessLogError::Randomness,
        })?;
        let clock = self.clock;
        let sink = match self.target {
            Target::Tracing => Sink::Tracing,
            Target::Writer(form, writer) => {
                let lost = move |out: &mut Vec<u8>, lines: u64| {
                    form.notice(out, clock.now().wall, "dropped", lines);
                };
                let queue = Queue::start(writer, lost, LONGEST_WAIT).map_err(AccessLogError::Thread)?;
                Sink::Queue(form, queue)
            }
        };
        let inner = Inner {
            sink,
            sample: self.sample,
            pseudonyms,
            shortens: self.shortens,
            query: self.query.into(),
            redactor: self.redactor,
            numbers: AtomicU64::new(0),
        };
        match self_test::leak(&inner) {
            None => Ok(AccessLog::of(inner)),
            Some(parameter) => Err(AccessLogError::Leak { parameter }),
        }
    }
}

impl fmt::Debug for AccessLogBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match &self.target {
            Target::Writer(form, _) => form.to_string(),
            Target::Tracing => "tracing".to_owned(),
        };
        f.debug_struct("AccessLogBuilder").field("target", &target).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(builder: AccessLogBuilder, expected: Option<&str>) {
        assert_eq!(builder.build().err().map(|error| error.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_log_that_would_tell_a_secret_is_not_built() {
        check(AccessLog::json(Vec::new()).query(["page", "q"]), None);
        for name in ["access_token", "API_KEY", "code", "password"] {
            let told = format!("a secret in the parameter `{name}` would be logged: take it out of `query`");
            check(AccessLog::text(Vec::new()).query(["page", name]), Some(&told));
        }
    }

    #[test]
    fn mistakes() {
        check(
            AccessLog::tracing().pseudonyms(&Secret::new("short")),
            Some("the secret of pseudonyms is shorter than 16 bytes: make one with `openssl rand -hex 16`"),
        );
        check(
            AccessLog::tracing().sample_successes(0),
            Some("one success of 0 cannot be written: `sample_successes` takes 1 or more"),
        );
    }
}
