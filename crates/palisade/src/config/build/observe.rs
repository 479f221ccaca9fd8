//! What is written down.

use super::Parts;
use crate::{
    Stack, StackLimits,
    config::schema::{AccessLogSettings, AuditOverflow, AuditSettings, LogFormat, SuspicionSettings},
};
use palisade_core::{Sign, Tracing, TrustedProxies, private_directory, would_be_private_directory};
use palisade_observe::{
    AccessLog, Explain, Suspicions, Threshold,
    audit::{Chain, FileAudit, MemoryAudit, Overflow, Recorder, RecorderBuilder, Sync},
};
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    sync::Arc,
    time::Duration,
};

impl Parts<'_> {
    /// The audit log; everything that is built later tells it what happens.
    pub(super) async fn audit(&mut self) -> Option<Recorder> {
        let settings = self.config.audit.as_ref()?;
        let kept = self.kept.things().audit.clone();
        let recorder = match kept {
            Some(recorder) => recorder,
            None => self.open_audit(settings).await?,
        };
        self.kept.things().audit = Some(recorder.clone());
        self.sink = Arc::new((Tracing, recorder.clone()));
        Some(recorder)
    }

    async fn open_audit(&mut self, settings: &AuditSettings) -> Option<Recorder> {
        let chain = match &settings.key {
            Some(key) => self.made("audit.key", Chain::keyed(key.secret()))?,
            None => Chain::plain(),
        };
        let builder = match settings.store.expose().split_once(':') {
            None => Recorder::builder(MemoryAudit::new(chain, settings.capacity)),
            Some(("file", path)) if self.rehearses => {
                self.made("audit.store", FileAudit::check(path, &chain))?;
                return None;
            }
            Some(("file", path)) => {
                let log = self.made("audit.store", FileAudit::open(path, chain, Sync::Always))?;
                Recorder::builder(log)
            }
            Some(_) => self.audit_in_database(settings, chain).await?,
        };
        let builder = builder
            .strangers_a_second(settings.strangers_a_second)
            .queue(usize::try_from(settings.queue.0).unwrap_or(usize::MAX))
            .overflow(match settings.overflow {
                AuditOverflow::Count => Overflow::Count,
                AuditOverflow::Wait => Overflow::Wait,
                AuditOverflow::Refuse => Overflow::Refuse,
            });
        let builder = match &settings.pseudonyms {
            Some(secret) => builder.pseudonyms(secret.secret()),
            None => builder,
        };
        let builder = if settings.shorten_addresses { builder.shorten_addresses() } else { builder };
        self.made("audit", builder.build())
    }

    #[cfg(feature = "sql")]
    async fn audit_in_database(&mut self, settings: &AuditSettings, chain: Chain) -> Option<RecorderBuilder> {
        let store = self.database_of_audit(&settings.store, settings.dangerous_plaintext).await?;
        Some(Recorder::builder(store.audit(chain)))
    }

    #[cfg(not(feature = "sql"))]
    #[allow(clippy::unused_async, reason = "with databases it waits for them")]
    async fn audit_in_database(&mut self, _: &AuditSettings, _: Chain) -> Option<RecorderBuilder> {
        let missing = Err("is not compiled in: build with the feature `sql` of palisade");
        self.made::<RecorderBuilder, _>("audit.store", missing)
    }

    pub(super) fn observed(&mut self, mut stack: Stack, limits: &StackLimits) -> Stack {
        if let Some(settings) = &self.config.access_log {
            let kept = self.kept.things().access_log.clone();
            if let Some(log) = kept.or_else(|| self.access_log(settings)) {
                self.kept.things().access_log = Some(log.clone());
                stack = stack.access_log(log);
            }
        }
        if let Some(settings) = &self.config.suspicions
            && let Some(suspicions) = self.suspicions(settings, limits)
        {
            stack = stack.suspicions(suspicions);
        }
        match self.explain() {
            Some(explain) => stack.explain(&explain),
            None => stack,
        }
    }

    fn explain(&self) -> Option<Explain> {
        let settings = self.config.explain.as_ref()?;
        let mut things = self.kept.things();
        let explain = things.explain.get_or_insert_with(|| {
            let bytes = usize::try_from(settings.size.0).unwrap_or(usize::MAX);
            let explain = Explain::with(bytes, settings.sample_successes);
            if settings.shorten_addresses { explain.shorten_addresses() } else { explain }
        });
        Some(explain.clone())
    }

    fn access_log(&mut self, settings: &AccessLogSettings) -> Option<AccessLog> {
        let to: Box<dyn Write + Send> = match settings.to.as_str() {
            "stdout" => Box::new(io::stdout()),
            "stderr" => Box::new(io::stderr()),
            path if self.rehearses => {
                self.made("access_log.to", would_append(path))?;
                return None;
            }
            path => Box::new(self.made("access_log.to", append(path))?),
        };
        let builder = match settings.format {
            LogFormat::Json => AccessLog::json(to),
            LogFormat::Text => AccessLog::text(to),
            LogFormat::Tracing => AccessLog::tracing(),
        };
        let builder = builder
            .sample_successes(settings.sample_successes)
            .refusals_a_second(settings.refusals_a_second)
            .query(&settings.query);
        let builder = if settings.shorten_addresses { builder.shorten_addresses() } else { builder };
        let builder = match &settings.pseudonyms {
            Some(secret) => builder.pseudonyms(secret.secret()),
            None => builder,
        };
        self.made("access_log", builder.build())
    }

    fn suspicions(&mut self, settings: &SuspicionSettings, limits: &StackLimits) -> Option<Suspicions> {
        let kept = self.kept.things().suspicions.clone();
        // Whoever pressed before a change of settings pressed after it too.
        let mut suspicions = match kept {
            Some(kept) => kept,
            None => self.made("suspicions", Suspicions::new(self.sink.clone()))?,
        };
        self.kept.things().suspicions = Some(suspicions.clone());
        let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
        let signs = [
            (Sign::Unauthenticated, settings.unauthenticated, 50, minute),
            (Sign::Junk, settings.junk, 20, minute),
            (Sign::Forbidden, settings.forbidden, 30, minute),
            (Sign::Networks, settings.networks, 20, hour),
        ];
        for (sign, count, otherwise, within) in signs {
            let threshold = Threshold::new(count.unwrap_or(otherwise), within);
            // Callers may share an address with others; those who guess are known by nothing else.
            let threshold = match (sign, settings.ban) {
                (Sign::Unauthenticated | Sign::Junk, Some(ban)) => threshold.ban(ban.0),
                _ => threshold,
            };
            suspicions = suspicions.threshold(sign, threshold);
        }
        if !settings.exempt.is_empty() {
            let exempt = self.made("suspicions.exempt", TrustedProxies::parse(&settings.exempt))?;
            suspicions = suspicions.exempt(exempt);
        }
        if settings.ban.is_some() {
            let limits = limits.clone();
            suspicions = suspicions.banning(move |ip, time| {
                limits.ban(ip, time);
            });
        }
        Some(suspicions)
    }
}

fn append(path: &str) -> Result<std::fs::File, String> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = directory(path).map_or(Ok(()), private_directory).and_then(|()| options.open(path));
    opened.map_err(|fault| unwritable(path, &fault))
}

/// What [`append`] would say, as far as that can be told of what is no file: whoever reads from a pipe hears of every writer that closes
/// it, and opening one waits for a reader.
fn would_append(path: &str) -> Result<(), String> {
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return Ok(());
    }
    let looked = match OpenOptions::new().append(true).open(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
            directory(path).map_or(Ok(()), would_be_private_directory)
        }
        opened => opened.map(drop),
    };
    looked.map_err(|fault| unwritable(path, &fault))
}

fn unwritable(path: &str, fault: &io::Error) -> String {
    format!("{path} cannot be written: {}", fault.kind())
}

fn directory(path: &str) -> Option<&Path> {
    Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty())
}
