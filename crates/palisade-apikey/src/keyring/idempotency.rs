//! Requests that come twice.

use super::{
    caller::Caller,
    created::Created,
    draft::NewKey,
    error::{KeyringError, Mistake},
    rule::Rule,
};
use crate::{
    detach::detach,
    text::{Actor, Tenant},
};
use palisade_core::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
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
        let mut slots = self.once.slots();
        let Some(slot) = slots.get_mut(&self.name) else { return };
        slot.created = Some(created.clone());
        let (begun, once, name) = (slot.begun, Arc::downgrade(&self.once), self.name.clone());
        // The key leaves although nobody asks again; there are no more of these than slots, and they keep nothing alive.
        detach(async move {
            tokio::time::sleep(Duration::from_nanos(KEPT)).await;
            let Some(once) = once.upgrade() else { return };
            let mut slots = once.slots();
            if slots.get(&name).is_some_and(|slot| slot.begun == begun) {
                slots.remove(&name);
            }
        });
        drop(slots);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{format::KeyFormat, keyring::Keyring, memory::MemoryStore};

    #[tokio::test(start_paused = true)]
    async fn a293_keys_leave_memory_although_nobody_asks_again() {
        let once = Arc::new(Idempotency::default());
        let keys = crate::ApiKeys::new(
            KeyFormat::with_public_checksum("acme", "live").unwrap(),
            crate::Peppers::none(),
            MemoryStore::new(),
        );
        let keyring =
            Keyring::new(&keys, [] as [palisade_core::Scope; 0], palisade_core::Scope::from_static("a"));
        let (caller, new) = (Caller::operator("a"), NewKey::named("a".parse().unwrap()));
        let created = keyring.create(&caller, new.clone()).await.unwrap();
        let now = Timestamp::from_nanos(1);
        let Ok(Begun::Now(ticket)) = once.begin(&caller, "word".to_owned(), &new, now) else { panic!() };
        ticket.done(&created);
        tokio::time::sleep(Duration::from_secs(599)).await;
        assert_eq!(once.slots().len(), 1);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(once.slots().is_empty());
    }
}
