//! Requests that come twice.

use super::{
    caller::Caller,
    created::Created,
    draft::NewKey,
    error::{KeyringError, Mistake},
    rule::Rule,
};
use crate::text::{Actor, Tenant};
use palisade_core::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What was made for whom, under which word; keys stand in it for ten minutes, in memory that is wiped when they leave.
#[derive(Default)]
pub(super) struct Idempotency(Mutex<HashMap<Name, Slot>>);

/// Who, for which tenant, under which word.
type Name = (Actor, Option<Tenant>, String);

struct Slot {
    begun: Timestamp,
    new: NewKey,
    created: Option<Created>,
}

const ROOM: usize = 1_000;
const KEPT: u64 = 600 * 1_000_000_000;
const MAX_LEN: usize = 255;

pub(super) enum Begun {
    Before(Created),
    Now(Ticket),
}

/// The right to make a key under a word; dropping it without one gives the word back.
pub(super) struct Ticket {
    once: Arc<Idempotency>,
    name: Name,
}

impl Idempotency {
    fn slots(&self) -> MutexGuard<'_, HashMap<Name, Slot>> {
        // Slots are whole wherever the lock is given back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(
        self: &Arc<Self>,
        caller: &Caller,
        word: String,
        new: &NewKey,
        now: Timestamp,
    ) -> Result<Begun, KeyringError> {
        if word.is_empty() || word.len() > MAX_LEN || !word.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
            let detail = format!("an idempotency key is 1 to {MAX_LEN} printable ASCII characters");
            return Err(KeyringError::Invalid(vec![Mistake::new("#", detail)]));
        }
        let name = (caller.name.clone(), caller.tenant.clone(), word);
        let mut slots = self.slots();
        slots.retain(|_, slot| now.nanos_since(slot.begun) < KEPT);
        match slots.get(&name) {
            Some(slot) if slot.new != *new => return Err(KeyringError::Refused(Rule::WordReused)),
            Some(Slot { created: Some(created), .. }) => {
                return Ok(Begun::Before(Created { replayed: true, ..created.clone() }));
            }
            Some(_) => return Err(KeyringError::Refused(Rule::WordInUse)),
            // Forgetting a younger one would make its key twice.
            None if slots.len() >= ROOM => return Err(KeyringError::Busy),
            None => {}
        }
        slots.insert(name.clone(), Slot { begun: now, new: new.clone(), created: None });
        Ok(Begun::Now(Ticket { once: self.clone(), name }))
    }
}

impl Ticket {
    pub(super) fn done(self, created: &Created) {
        if let Some(slot) = self.once.slots().get_mut(&self.name) {
            slot.created = Some(created.clone());
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut slots = self.once.slots();
        if slots.get(&self.name).is_some_and(|slot| slot.created.is_none()) {
            slots.remove(&self.name);
        }
    }
}
