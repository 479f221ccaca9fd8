//! Look-ups that are under way.

use crate::{
    id::KeyId,
    record::KeyRecord,
    store::{StoreError, StoreErrorKind},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

pub(super) type Answer = Result<Option<Arc<KeyRecord>>, StoreError>;

/// Look-ups under way at once.
const MOST: usize = 1_024;
/// How long anybody waits for one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Look-ups under way, one for each id.
///
/// What is remembered is changed under this lock too, so that "has it changed meanwhile" and "remember it" are one step.
#[derive(Default)]
pub(super) struct Flights(Mutex<Board>);

#[derive(Default)]
pub(super) struct Board {
    under_way: HashMap<KeyId, (u64, Landing)>,
    next: u64,
}

/// Where to wait for an answer.
pub(super) type Landing = watch::Receiver<Option<Answer>>;

/// What to do about an id.
pub(super) enum Boarding {
    /// Somebody asks already.
    Wait(Landing),
    /// Ask, and tell the others.
    Fly(Flight),
    /// Too many are under way.
    Full,
}

/// The look-up that answers for an id; dropping it without an answer tells the others that there is none.
pub(super) struct Flight {
    pub(super) id: KeyId,
    number: u64,
    pub(super) tell: watch::Sender<Option<Answer>>,
}

impl Flights {
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        // Entries are whole at every point where the lock is given back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Board {
    pub(super) fn join(&mut self, id: &KeyId) -> Boarding {
        if let Some((_, landing)) = self.under_way.get(id) {
            return Boarding::Wait(landing.clone());
        }
        if self.under_way.len() >= MOST {
            return Boarding::Full;
        }
        let (tell, landing) = watch::channel(None);
        self.next = self.next.wrapping_add(1);
        self.under_way.insert(*id, (self.next, landing));
        Boarding::Fly(Flight { id: *id, number: self.next, tell })
    }

    /// Ends a flight; `false` where what it read may be outdated.
    pub(super) fn land(&mut self, flight: &Flight) -> bool {
        if self.under_way.get(&flight.id).is_some_and(|(number, _)| *number == flight.number) {
            self.under_way.remove(&flight.id);
            return true;
        }
        false
    }

    /// Something changed: whoever asks from now on asks anew, and what is under way is remembered by nobody.
    pub(super) fn divert(&mut self, id: &KeyId) {
        self.under_way.remove(id);
    }

    pub(super) fn divert_all(&mut self) {
        self.under_way.clear();
    }
}

/// The answer, if it comes in time.
pub(super) async fn wait(mut landing: Landing) -> Answer {
    let told = tokio::time::timeout(PATIENCE, landing.wait_for(Option::is_some)).await;
    match told {
        Ok(Ok(answer)) => answer.clone().unwrap_or_else(unavailable),
        // Too late, or whoever asked broke.
        Ok(Err(_)) | Err(_) => unavailable(),
    }
}

pub(super) fn unavailable() -> Answer {
    Err(StoreErrorKind::Unavailable.into())
}

/// Nobody is there to ask a store that answers later.
pub(super) fn no_runtime() -> Answer {
    let why = "a cached store that answers later must be asked inside a tokio runtime";
    Err(StoreError::from(StoreErrorKind::Unavailable).with_source(why))
}
