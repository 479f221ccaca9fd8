//! What operators are told, each thing once.

use super::{
    error::{RemoteError, RemoteErrorKind},
    schedule::Health,
};
use crate::jwks::Skipped;
use palisade_core::{Event, EventSink, TokenEvent};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Tells events of one provider.
#[derive(Debug)]
pub(crate) struct Notices {
    issuer: Box<str>,
    events: Arc<dyn EventSink>,
    told: Mutex<Told>,
}

/// What was told since keys came.
#[derive(Debug, Default)]
struct Told {
    failures: Vec<RemoteErrorKind>,
    stale: bool,
    gone: bool,
}

/// Of one set, no more skipped keys are told one by one.
const MAX_TOLD: usize = 10;

impl Notices {
    pub(crate) fn new(issuer: Box<str>, events: Arc<dyn EventSink>) -> Self {
        Self { issuer, events, told: Mutex::default() }
    }

    /// Keys came; told where they are others than before, or where the last round had failed.
    pub(crate) fn fetched(&self, keys: usize, skipped: &[Skipped], changed: bool) {
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        if changed || !told.failures.is_empty() {
            self.tell(TokenEvent::KeysRefreshed {
                issuer: self.issuer.clone(),
                keys,
                skipped: skipped.len(),
            });
        }
        for skipped in skipped.iter().filter(|_| changed).take(MAX_TOLD) {
            let (id, reason) = (skipped.id.clone(), skipped.reason.as_str());
            self.tell(TokenEvent::KeySkipped { issuer: self.issuer.clone(), id, reason });
        }
    }

    /// A round brought nothing; told once for each class of failure, and again when old keys become a danger. `age` is theirs.
    pub(crate) fn failed(&self, error: &RemoteError, health: Health, age: Duration) {
        let (is_new, is_stale, is_gone) = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let is_new = !told.failures.contains(&error.kind());
            if is_new {
                told.failures.push(error.kind());
            }
            let is_stale = health == Health::Alarming && !std::mem::replace(&mut told.stale, true);
            let without = matches!(health, Health::None | Health::Dead);
            let is_gone = without && !std::mem::replace(&mut told.gone, true);
            (is_new, is_stale, is_gone)
        };
        let issuer = || self.issuer.clone();
        if is_new {
            let reason = format!("{}: {error}", error.kind().as_str());
            self.tell(TokenEvent::KeysNotRefreshed { issuer: issuer(), reason });
        }
        if is_stale {
            self.tell(TokenEvent::KeysStale { issuer: issuer(), age });
        }
        if is_gone {
            self.tell(TokenEvent::KeysGone { issuer: issuer() });
        }
    }

    /// An application's sink that panics must not end the refreshing of keys.
    fn tell(&self, event: TokenEvent) {
        let event = Event::Token(event);
        let _ = catch_unwind(AssertUnwindSafe(|| self.events.emit(&event)));
    }
}
