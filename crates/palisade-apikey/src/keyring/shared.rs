//! What every act needs.

use super::{caller::Caller, error::KeyringError, idempotency::Idempotency, rule::Rule, rules::Rules};
use crate::{
    authenticator::Parts,
    detach::insist,
    id::KeyId,
    random::{OsRandom, RandomSource},
    record::KeyRecord,
    store::{Change, StoreErrorKind},
};
use palisade_core::{Clock, Event, Intent, KeyEvent, Requirement, ScopeSet};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) parts: Parts,
    pub(super) rules: Rules,
    pub(super) administers: Requirement,
    pub(super) across: Option<Requirement>,
    pub(super) others_administer: bool,
    pub(super) clock: Clock,
    pub(super) random: Arc<dyn RandomSource>,
    pub(super) once: Arc<Idempotency>,
    at_once: Arc<Semaphore>,
}

/// Acts under way at once.
const ACTS: usize = 64;
/// How often an act is begun anew because somebody else changed the record meanwhile.
pub(super) const ATTEMPTS: usize = 8;

impl Shared {
    pub(super) fn new(parts: Parts, legal: ScopeSet, administers: Requirement) -> Self {
        let rules = Rules {
            legal,
            effective: parts.effective.clone(),
            plans: None,
            default_days: 90,
            never_expires: false,
        };
        Self {
            parts,
            rules,
            administers,
            across: None,
            others_administer: false,
            clock: Clock::system(),
            random: Arc::new(OsRandom),
            once: Arc::default(),
            at_once: Arc::new(Semaphore::new(ACTS)),
        }
    }

    /// Does it to the end, whether or not anybody waits.
    pub(super) async fn insist<T: Send + 'static>(
        &self,
        patience: Duration,
        act: impl Future<Output = Result<T, KeyringError>> + Send + 'static,
    ) -> Result<T, KeyringError> {
        let Ok(permit) = self.at_once.clone().try_acquire_owned() else { return Err(KeyringError::Busy) };
        let bounded = async move {
            let outcome = tokio::time::timeout(patience, act).await;
            drop(permit);
            // Whether it was done is not known.
            outcome.unwrap_or_else(|_| Err(KeyringError::Unavailable(StoreErrorKind::Unavailable.into())))
        };
        insist(bounded).await.unwrap_or(Err(KeyringError::Broken))
    }

    /// Whether the caller may administer keys.
    pub(super) fn permit(&self, caller: &Caller, act: &'static str) -> Result<(), KeyringError> {
        if caller.meets(&self.administers) {
            return Ok(());
        }
        Err(self.refuse(caller, act, KeyringError::Refused(Rule::MayNot)))
    }

    /// Tells of a refusal by a rule; mistakes and trouble are no news.
    pub(super) fn refuse(&self, caller: &Caller, act: &'static str, error: KeyringError) -> KeyringError {
        if let KeyringError::Refused(rule) = error {
            self.tell(KeyEvent::Refused { act, by: caller.name.as_str().into(), reason: rule.reason() });
        }
        error
    }

    pub(super) fn tell(&self, event: KeyEvent) {
        self.parts.events.emit(&Event::Key(event));
    }

    /// Whether keys of this tenant are there for the caller.
    pub(super) fn sees(&self, caller: &Caller, record: &KeyRecord) -> bool {
        self.sees_all(caller) || record.tenant == caller.tenant
    }

    pub(super) fn sees_all(&self, caller: &Caller) -> bool {
        caller.is_operator() || self.across.as_ref().is_some_and(|across| caller.meets(across))
    }

    /// A record that is there for the caller.
    pub(super) async fn read(&self, caller: &Caller, id: &KeyId) -> Result<Arc<KeyRecord>, KeyringError> {
        let record = self.parts.store.get(id).await?;
        let visible = |record: &Arc<KeyRecord>| record.revoked.is_none() && self.sees(caller, record);
        record.filter(visible).ok_or(KeyringError::NotFound)
    }

    /// Writes what this event tells of, which is noted before and after; `false` where somebody else wrote meanwhile and the act
    /// must begin anew.
    pub(super) async fn write(&self, changes: Vec<Change>, event: KeyEvent) -> Result<bool, KeyringError> {
        let intent = Intent::declare(&self.parts.events, Event::Key(event)).await;
        let intent = intent.map_err(|cause| KeyringError::Unrecorded { done: false, cause })?;
        match self.parts.store.write(changes).await {
            Ok(()) => match intent.done().await {
                Ok(()) => Ok(true),
                Err(cause) => Err(KeyringError::Unrecorded { done: true, cause }),
            },
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                intent.abandon("changed_meanwhile");
                Ok(false)
            }
            Err(error) if error.kind() == StoreErrorKind::Invalid => {
                intent.abandon("key_store_invalid");
                Err(error.into())
            }
            // It may have been written all the same.
            Err(error) => {
                intent.doubt("key_store_unavailable");
                Err(error.into())
            }
        }
    }
}
