//! Who wants to know of changes.

use palisade_apikey::{KeyId, KeyListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

const MOST: usize = 64;

/// Who wants to know of changes, for as long as they live.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Vec<Weak<dyn KeyListener>>>);

impl Listeners {
    fn alive(&self) -> MutexGuard<'_, Vec<Weak<dyn KeyListener>>> {
        // A list of pointers is whole at every point.
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners
    }

    pub(crate) fn add(&self, listener: Weak<dyn KeyListener>) -> bool {
        let mut listeners = self.alive();
        let room = listeners.len() < MOST;
        if room {
            listeners.push(listener);
        }
        room
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.alive().is_empty()
    }

    pub(crate) fn changed(&self, ids: &[KeyId]) {
        for listener in self.upgraded() {
            ids.iter().for_each(|id| listener.changed(id));
        }
    }

    pub(crate) fn missed(&self) {
        self.upgraded().iter().for_each(|listener| listener.missed());
    }

    /// Told without the lock, because they may take locks of their own.
    fn upgraded(&self) -> Vec<Arc<dyn KeyListener>> {
        self.alive().iter().filter_map(Weak::upgrade).collect()
    }
}
