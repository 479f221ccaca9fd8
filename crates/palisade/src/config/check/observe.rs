//! What is written down.

use super::{
    findings::Findings,
    secret::{password, secret},
};
use crate::config::{
    Config, Size, Span, StoreUrl,
    schema::{AuthSettings, LogFormat},
};
use std::time::Duration;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    if let Some(log) = &config.access_log {
        findings.written("access_log.to", &log.to, "write `stdout`, `stderr` or the name of a file");
        if log.format == LogFormat::Tracing && log.to != "stdout" {
            findings.wrong("access_log.to", "events of `tracing` go where the subscriber says; leave it out");
        }
        findings.within("access_log.sample_successes", &log.sample_successes, &(1..=1_000_000));
        findings.within("access_log.refusals_a_second", &log.refusals_a_second, &(1..=1_000_000));
        findings.each(
            "access_log.query",
            &log.query,
            |name| if name.is_empty() { Err("is empty") } else { Ok(()) },
        );
        if log.query.len() > 16 {
            findings.wrong("access_log.query", "there are more than 16");
        }
        secret(findings, "access_log.pseudonyms", log.pseudonyms.as_ref(), 16);
    }
    if let Some(audit) = &config.audit {
        secret(findings, "audit.key", audit.key.as_ref(), 16);
        findings.within("audit.capacity", &audit.capacity, &(1..=1_000_000));
        findings.within("audit.queue", &audit.queue, &(Size(64 << 10)..=Size(8 << 20)));
        secret(findings, "audit.pseudonyms", audit.pseudonyms.as_ref(), 16);
        findings.within("audit.strangers_a_second", &audit.strangers_a_second, &(1..=100_000));
        match audit.store.expose().split_once(':') {
            None if audit.store.expose() == "memory" => {
                findings.unwise(
                    "audit.store",
                    "records are forgotten when the process ends; write `file:<path>`",
                );
            }
            Some(("file" | "sqlite" | "postgres" | "postgresql", path)) if !path.trim().is_empty() => {
                if audit.key.is_none() {
                    findings.unwise(
                        "audit.key",
                        "whoever writes the store can mend the chain; draw a key with `openssl rand -hex 32`",
                    );
                }
            }
            _ => findings
                .wrong("audit.store", "write `memory`, `file:<path>`, `sqlite:<path>` or `postgres://…`"),
        }
        if audit.store.has_password() {
            password(findings, "audit.store");
        }
        if audit.dangerous_plaintext && database_of_auth(config) == Some(&audit.store) {
            findings.wrong("audit.dangerous_plaintext", "its database is that of `auth`; say it there");
        }
        findings.dangerous(
            audit.dangerous_plaintext,
            "audit.dangerous_plaintext",
            "the database is spoken with without TLS, or without knowing that it is the right one",
        );
    }
    if let Some(explain) = &config.explain {
        findings.within("explain.size", &explain.size, &(Size(64 << 10)..=Size(256 << 20)));
        findings.within("explain.sample_successes", &explain.sample_successes, &(1..=1_000_000));
    }
    if let Some(suspicions) = &config.suspicions {
        let counts = [
            ("suspicions.unauthenticated", suspicions.unauthenticated, 1_000_000),
            ("suspicions.junk", suspicions.junk, 1_000_000),
            ("suspicions.forbidden", suspicions.forbidden, 1_000_000),
            ("suspicions.networks", suspicions.networks, 40),
        ];
        for (path, count, most) in counts {
            if let Some(count) = count {
                findings.within(path, &count, &(2..=most));
            }
        }
        findings.each("suspicions.exempt", &suspicions.exempt, super::networks::network);
        if let Some(ban) = &suspicions.ban {
            let seconds = |seconds| Span(Duration::from_secs(seconds));
            findings.within("suspicions.ban", ban, &(seconds(1)..=seconds(86_400)));
            if config.limits.address.is_none() {
                findings.wrong("suspicions.ban", "is done by the limit of addresses; set `limits.address`");
            }
        }
    }
}

/// The database that `auth` names.
fn database_of_auth(config: &Config) -> Option<&StoreUrl> {
    let Some(AuthSettings::Kinds(kinds)) = &config.auth else { return None };
    let keys = kinds.keys.as_ref().map(|keys| &keys.store);
    let keys = keys.filter(|store| store.expose() != "memory");
    kinds.database.as_ref().and_then(|database| database.store.as_ref()).or(keys)
}
