//! The state that clones of a breaker share, its clock, and whom it tells.

use super::{
    meter,
    rules::Rules,
    state::{Look, Refused, State, Ticket},
    transition::{CallOutcome, Transition},
};
use palisade_core::{Clock, Event, EventSink, Timestamp};
use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub(super) struct Circuit {
    pub(super) name: &'static str,
    pub(super) rules: Rules,
    pub(super) clock: Clock,
    events: Arc<dyn EventSink>,
    shared: Mutex<Shared>,
}

struct Shared {
    state: State,
    /// Transitions that nobody has told yet, oldest first.
    untold: VecDeque<Transition>,
    /// Somebody is telling them; whoever adds one leaves it to them.
    telling: bool,
}

/// Transitions that wait for a sink that does not return; beyond that the oldest go untold.
const UNTOLD_AT_MOST: usize = 64;

impl Circuit {
    pub(super) fn new(name: &'static str, rules: Rules, clock: Clock, events: Arc<dyn EventSink>) -> Self {
        meter::stands(name, None);
        // Only jitter comes of it, so the seed of a hash map is random enough.
        let seed = RandomState::new().hash_one(name);
        let shared = Shared { state: State::new(&rules, seed), untold: VecDeque::new(), telling: false };
        Self { name, rules, clock, events, shared: Mutex::new(shared) }
    }

    pub(super) fn admit(&self) -> Result<Ticket, Refused> {
        let verdict = self.with(|state, now, told| state.admit(&self.rules, now, told));
        if verdict.is_err() {
            meter::refused(self.name);
        }
        verdict
    }

    pub(super) fn settle(&self, ticket: &Ticket, outcome: CallOutcome) {
        meter::settled(self.name, outcome);
        self.with(|state, now, told| state.settle(&self.rules, ticket, outcome, now, told));
    }

    pub(super) fn look(&self) -> Look {
        self.with(|state, now, told| state.look(&self.rules, now, told))
    }

    /// Changes the state under the lock, and tells what came of it outside of the lock.
    pub(super) fn with<R>(
        &self,
        change: impl FnOnce(&mut State, Timestamp, &mut VecDeque<Transition>) -> R,
    ) -> R {
        let now = self.clock.now().mono;
        let (result, news) = {
            let mut shared = self.lock();
            let shared = &mut *shared;
            let result = change(&mut shared.state, now, &mut shared.untold);
            while shared.untold.len() > UNTOLD_AT_MOST {
                shared.untold.pop_front();
            }
            (result, !shared.untold.is_empty())
        };
        if news {
            self.tell();
        }
        result
    }

    /// Tells each transition once and in order, whichever threads made them.
    #[cold]
    fn tell(&self) {
        let mut turn = Turn { circuit: self, mine: false };
        while let Some(transition) = turn.next() {
            meter::stands(self.name, Some(transition));
            self.events.emit(&event(self.name, transition));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing under the lock runs code of others, and every state is a valid one.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to tell; given back also when a sink panics.
struct Turn<'a> {
    circuit: &'a Circuit,
    mine: bool,
}

impl Turn<'_> {
    fn next(&mut self) -> Option<Transition> {
        let mut shared = self.circuit.lock();
        if shared.telling && !self.mine {
            return None;
        }
        let next = shared.untold.pop_front();
        shared.telling = next.is_some();
        self.mine = shared.telling;
        next
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.mine {
            self.circuit.lock().telling = false;
        }
    }
}

fn event(name: &'static str, transition: Transition) -> Event {
    match transition {
        Transition::Opened { cause, nanos } => {
            Event::BreakerOpened { name, cause, retry_in: nanos.map(Duration::from_nanos) }
        }
        Transition::HalfOpened => Event::BreakerHalfOpen { name },
        Transition::Closed { cause } => Event::BreakerClosed { name, cause },
    }
}
