//! What requests and the background share: the keys, and when they are asked for again.

use super::{
    error::{RemoteError, RemoteErrorKind},
    notices::Notices,
    round::{Found, FoundKeys},
    schedule::{Health, Next, Outcome, Schedule, Verdict},
};
use crate::key_set::KeySet;
use arc_swap::ArcSwapOption;
use palisade_core::{Clock, Timestamp};
use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::{Notify, Semaphore, watch};

/// Requests that wait for one round; more are refused at once.
pub(crate) const MAX_WAITERS: usize = 1_024;

#[derive(Debug)]
pub(crate) struct Shared {
    keys: ArcSwapOption<Held>,
    /// When a request that sees it wakes the background, in nanoseconds; far away while that works.
    due: AtomicU64,
    state: Mutex<State>,
    pub(crate) clock: Clock,
    /// Told when there is something to do.
    pub(crate) wake: Notify,
    /// How many rounds ended.
    pub(crate) ended: watch::Sender<u64>,
    pub(crate) waiters: Arc<Semaphore>,
    notices: Notices,
}

#[derive(Debug)]
struct State {
    schedule: Schedule,
    last_error: Option<RemoteError>,
    skipped: usize,
}

/// Keys, and until when they are used.
#[derive(Debug)]
struct Held {
    keys: Arc<KeySet>,
    until: Timestamp,
}

/// A view of the state, at one moment.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) health: Health,
    pub(crate) since: Option<Timestamp>,
    pub(crate) due: Timestamp,
    pub(crate) failures: u32,
    pub(crate) last_error: Option<RemoteError>,
    pub(crate) skipped: usize,
}

impl Shared {
    pub(crate) fn new(schedule: Schedule, clock: Clock, notices: Notices) -> Self {
        Self {
            keys: ArcSwapOption::empty(),
            due: AtomicU64::new(schedule.due().as_nanos()),
            state: Mutex::new(State { schedule, last_error: None, skipped: 0 }),
            clock,
            wake: Notify::new(),
            ended: watch::Sender::new(0),
            waiters: Arc::new(Semaphore::new(MAX_WAITERS)),
            notices,
        }
    }

    /// The keys that are used at `now`. Takes no lock and waits for nothing.
    pub(crate) fn keys(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        if now.as_nanos() >= self.due.load(Relaxed) {
            self.wake.notify_one();
        }
        let held = self.keys.load();
        held.as_ref().filter(|held| now < held.until).map(|held| Arc::clone(&held.keys))
    }

    /// What to tell who misses a key. Wakes the background where that decides it.
    pub(crate) fn missing(&self, now: Timestamp) -> Verdict {
        let (verdict, sooner) = {
            let mut state = self.state();
            let due = state.schedule.due();
            let verdict = state.schedule.missing(now);
            (verdict, state.schedule.due() < due)
        };
        if sooner || matches!(verdict, Verdict::Wait { .. }) {
            self.wake.notify_one();
        }
        verdict
    }

    pub(crate) fn still_missing(&self, now: Timestamp) -> Verdict {
        self.state().schedule.still_missing(now)
    }

    pub(crate) fn interrupted(&self) {
        self.state().schedule.interrupted();
    }

    pub(crate) fn next(&self, now: Timestamp) -> Next {
        let mut state = self.state();
        let next = state.schedule.next(now);
        let due = if next == Next::Round { u64::MAX } else { state.schedule.due().as_nanos() };
        self.due.store(due, Relaxed);
        next
    }

    /// Takes in what a round brought. Keys that are there stay where it brought none.
    pub(crate) fn take_in(&self, found: Result<Found, RemoteError>, now: Timestamp) {
        match found {
            Ok(found) => self.refreshed(found, now),
            Err(error) => self.failed(&error, now),
        }
        let rounds = self.state().schedule.rounds();
        self.ended.send_replace(rounds);
    }

    fn refreshed(&self, Found { keys, max_age }: Found, now: Timestamp) {
        let before = self.keys.load_full().map(|held| Arc::clone(&held.keys));
        let (keys, skipped, changed) = match (keys, before) {
            // The same keys keep their generation, and what was verified by them stays verified.
            (FoundKeys::New(keys, skipped), Some(before)) if keys == *before => (before, skipped, false),
            (FoundKeys::New(keys, skipped), _) => (Arc::new(keys), skipped, true),
            (FoundKeys::Same, Some(before)) => (before, Vec::new(), false),
            // Word that nothing changed is only asked for where there is something.
            (FoundKeys::Same, None) => {
                let error =
                    RemoteError::new(RemoteErrorKind::Internal, "nothing is there that could be unchanged");
                return self.failed(&error, now);
            }
        };
        let count = keys.len();
        {
            let mut state = self.state();
            state.schedule.ended(Outcome::Keys { max_age }, now, random());
            state.last_error = None;
            if changed {
                state.skipped = skipped.len();
            }
            let until = state.schedule.dead_at().unwrap_or(now);
            self.keys.store(Some(Arc::new(Held { keys, until })));
            self.due.store(state.schedule.due().as_nanos(), Relaxed);
        }
        self.notices.fetched(count, &skipped, changed);
    }

    fn failed(&self, error: &RemoteError, now: Timestamp) {
        let outcome = if error.was_answered() { Outcome::Unusable } else { Outcome::Unreachable };
        let (health, age) = {
            let mut state = self.state();
            state.schedule.ended(outcome, now, random());
            state.last_error = Some(error.clone());
            self.due.store(state.schedule.due().as_nanos(), Relaxed);
            let age = state.schedule.keys_since().map_or(0, |since| now.nanos_since(since));
            (state.schedule.health(now), Duration::from_nanos(age))
        };
        self.notices.failed(error, health, age);
    }

    pub(crate) fn view(&self, now: Timestamp) -> View {
        let state = self.state();
        View {
            health: state.schedule.health(now),
            since: state.schedule.keys_since(),
            due: state.schedule.due(),
            failures: state.schedule.failures(),
            last_error: state.last_error.clone(),
            skipped: state.skipped,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere does not make times and counts wrong.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From 0 to 1; nodes that began together must not come back together, and nothing else hangs on it.
fn random() -> f64 {
    f64::from(RandomState::new().hash_one(0) as u32) / f64::from(u32::MAX)
}
