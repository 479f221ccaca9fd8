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
};

/// Tells events of one provider.
#[derive(Debug)]
pub(crate) struct Notices {
    issuer: Box<str>,
    events: Arc<dyn EventSink>,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    failure: Option<RemoteErrorKind>,
    health: Option<Health>,
}

impl Notices {
    pub(crate) fn new(issuer: Box<str>, events: Arc<dyn EventSink>) -> Self {
        Self { issuer, events, told: Mutex::default() }
    }

    /// Keys came; told where they are others than before, or where the last round had failed.
    pub(crate) fn fetched(&self, keys: usize, skipped: Option<&[Skipped]>, changed: bool) {
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        let issuer = self.issuer.clone();
        if changed || told.failure.is_some() {
            self.tell(TokenEvent::KeysFetched { issuer: issuer.clone(), keys });
        }
        if let Some((first, count)) = skipped.and_then(|skipped| Some((skipped.first()?, skipped.len()))) {
            self.tell(TokenEvent::KeysSkipped { issuer, skipped: count, reason: first.reason.to_string() });
        }
    }

    /// A round brought nothing; told once for each class of failure, and again when late keys become a danger.
    pub(crate) fn failed(&self, error: &RemoteError, health: Health) {
        let (is_new, is_worse) = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let is_worse = health >= Health::Alarming && told.health < Some(health);
            let is_new = told.failure != Some(error.kind());
            *told = Told { failure: Some(error.kind()), health: Some(health).max(told.health) };
            (is_new, is_worse)
        };
        let issuer = || self.issuer.clone();
        if is_new {
            let (kind, reason) = (error.kind().as_str(), error.to_string());
            self.tell(TokenEvent::KeysNotFetched { issuer: issuer(), kind, reason });
        }
        match health {
            Health::Alarming if is_worse => self.tell(TokenEvent::KeysStale { issuer: issuer() }),
            Health::Dead if is_worse => self.tell(TokenEvent::KeysExpired { issuer: issuer() }),
            Health::None | Health::Fresh | Health::Late | Health::Alarming | Health::Dead => {}
        }
    }

    /// An application's sink that panics must not end the refreshing of keys.
    fn tell(&self, event: TokenEvent) {
        let event = Event::Token(event);
        let _ = catch_unwind(AssertUnwindSafe(|| self.events.emit(&event)));
    }
}
