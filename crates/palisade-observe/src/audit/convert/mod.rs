//! Events as entries.

mod key;
mod token;
mod user;

use super::{
    entry::{Entry, Outcome},
    shown::Shown,
};
use palisade_core::Event;

/// What is recorded of an event.
pub(super) fn entry(event: &Event) -> Entry {
    let failed = |act, reason: &str| Entry::new(act).outcome(Outcome::Failed).because(reason);
    let number = |count: usize| Shown::from(count as u64);
    match event {
        Event::TokensReloaded { tokens } => {
            Entry::new("config.changed").on("file", "tokens").after("tokens", number(*tokens))
        }
        Event::TokensNotReloaded { reason } => failed("config.changed", reason).on("file", "tokens"),
        Event::SettingsReloaded { version } => {
            Entry::new("config.changed").on("file", "settings").after("version", *version)
        }
        Event::SettingsNotReloaded { reason } => failed("config.changed", reason).on("file", "settings"),
        Event::LimiterFull { capacity } => Entry::new("limiter.full").after("capacity", number(*capacity)),
        Event::LimiterDegraded { store, reason } => failed("limiter.degraded", reason).on("store", store),
        Event::LimiterRestored { store } => Entry::new("limiter.restored").on("store", store),
        Event::LimiterCorrupt { store, counters } => {
            Entry::new("limiter.corrupt").on("store", store).count(*counters)
        }
        Event::RevocationsDegraded { store, reason } => {
            failed("revocations.degraded", reason).on("store", store)
        }
        Event::RevocationsRestored { store } => Entry::new("revocations.restored").on("store", store),
        Event::BreakerOpened { name, cause, retry_in } => {
            let entry = Entry::new("breaker.opened").because(*cause).on("breaker", name);
            match retry_in {
                Some(pause) => {
                    entry.after("retry_in_ms", u64::try_from(pause.as_millis()).unwrap_or(u64::MAX))
                }
                None => entry,
            }
        }
        Event::BreakerHalfOpen { name } => Entry::new("breaker.half_open").on("breaker", name),
        Event::BreakerClosed { name, cause } => {
            Entry::new("breaker.closed").because(*cause).on("breaker", name)
        }
        Event::ConcurrencyFull { capacity } => {
            Entry::new("concurrency.full").after("capacity", number(*capacity))
        }
        Event::Key(event) => key::entry(event),
        Event::Token(event) => token::entry(event),
        Event::User(event) => user::entry(event),
        Event::Suspicion(event) => {
            let entry = Entry::new("suspicion").because(event.sign.as_str()).by(event.who.clone());
            let entry = entry.count(event.count.into());
            match event.ban {
                Some(ban) => entry.after("banned_seconds", ban.as_secs()),
                None => entry,
            }
        }
        // A kind that is newer than this crate is recorded as what it is: unknown.
        _ => Entry::new("event.unknown"),
    }
}
