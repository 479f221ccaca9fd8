//! The way of entries to a log that may be slow.

use super::{counted, sample::Sample};
use crate::audit::{
    entry::{Entry, Outcome},
    record::MAX_ENTRIES,
};
use palisade_core::{Clock, Timestamp, Unrecorded};
use std::{
    collections::VecDeque,
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, oneshot};

/// What waits to be appended, in the order in which it came; bounded in bytes.
pub(super) struct Queue {
    state: Mutex<State>,
    /// For the thread that appends.
    wake: Condvar,
    /// For those who wait for the thread's end.
    ended: Condvar,
    /// For those who wait for room, or until nothing waits any more.
    pub(super) moved: Notify,
    clock: Clock,
    origin: Box<str>,
    most: usize,
}

struct State {
    waiting: VecDeque<Waiting>,
    /// Of all that waits, what is being appended included.
    bytes: usize,
    number: u64,
    dropped: u64,
    sample: Sample,
    closed: bool,
    finished: bool,
    failing: bool,
    /// How many were told last that what they waited for is appended.
    told: usize,
    /// So many are waited for, until a batch is taken; 0 where nobody is.
    gathers: usize,
}

struct Waiting {
    entry: Entry,
    size: usize,
    told: Option<oneshot::Sender<Result<(), Unrecorded>>>,
}

/// One step of the thread that appends.
pub(super) struct Batch {
    pub(super) entries: Arc<[Entry]>,
    /// Nobody will wait for long any more.
    pub(super) closed: bool,
}

/// How many entries are appended at once.
const AT_ONCE: usize = MAX_ENTRIES / 4;
/// As long as few entries are.
const LONG: usize = 4 * 1024;
/// How long those are waited for who were just told, and come again: one transaction takes them all, where the first of them would
/// have had one alone.
const GATHER: Duration = Duration::from_micros(500);
/// How often what was left out is told.
const TICK: Duration = Duration::from_secs(1);

impl Queue {
    pub(super) fn new(clock: Clock, origin: Box<str>, most: usize, a_second: u32) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            bytes: 0,
            number: 0,
            dropped: 0,
            sample: Sample::new(a_second),
            closed: false,
            finished: false,
            failing: false,
            told: 0,
            gathers: 0,
        };
        let (wake, ended, moved) = (Condvar::new(), Condvar::new(), Notify::new());
        Self { state: Mutex::new(state), wake, ended, moved, clock, origin, most }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every step leaves the state whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes along what happened, counts it where there is too much of it, and where there is no room.
    pub(super) fn put(&self, entry: Entry) {
        let second = self.clock.now().mono.as_nanos() / 1_000_000_000;
        let mut state = self.lock();
        let strangers = Sample::of(&entry.act);
        self.tell_suppressed(&mut state, second);
        if let Some(act) = strangers
            && !state.sample.admits(act, second)
        {
            self.wake.notify_one();
            counted::suppressed();
            return;
        }
        // What strangers cause leaves room for everything else.
        let room = if strangers.is_some() { self.most / 8 * 7 } else { self.most };
        self.push(&mut state, entry, None, room);
        self.wake(state);
    }

    /// Takes along what must not be lost; the answer comes when it was appended.
    pub(super) fn put_durably(
        &self,
        entry: Entry,
    ) -> Result<oneshot::Receiver<Result<(), Unrecorded>>, Unrecorded> {
        let (tell, told) = oneshot::channel();
        let mut state = self.lock();
        if state.finished || state.bytes + entry.size() > self.most {
            return Err(Unrecorded::new("too much waits for the audit log"));
        }
        self.push(&mut state, entry, Some(tell), self.most);
        self.wake(state);
        Ok(told)
    }

    /// Wakes the thread that appends, unless it waits for more than there is.
    fn wake(&self, state: MutexGuard<'_, State>) {
        let (bytes, is_enough) = (state.bytes, state.waiting.len() >= state.gathers);
        drop(state);
        if is_enough {
            self.wake.notify_one();
        }
        counted::waiting(bytes);
    }

    fn push(
        &self,
        state: &mut State,
        mut entry: Entry,
        told: Option<oneshot::Sender<Result<(), Unrecorded>>>,
        room: usize,
    ) {
        let size = entry.size();
        if state.finished || state.bytes + size > room {
            let lost = entry.count.unwrap_or(1);
            state.dropped = state.dropped.saturating_add(lost);
            counted::dropped(lost);
            return;
        }
        entry.origin = Some(self.origin.clone());
        entry.number = Some(state.number);
        state.number += 1;
        state.bytes += size;
        state.waiting.push_back(Waiting { entry, size, told });
    }

    fn tell_suppressed(&self, state: &mut State, second: u64) {
        for (act, count) in state.sample.over(second) {
            let entry = self.now(Entry::new(act).outcome(Outcome::Suppressed).count(count));
            self.push(state, entry, None, self.most);
        }
    }

    fn now(&self, mut entry: Entry) -> Entry {
        entry.time = crate::audit::time::whole(self.clock.now().wall);
        entry
    }

    /// What is to be appended next; waits until there is something. `None` where nothing will come any more.
    pub(super) fn next(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            if state.dropped > 0 {
                let dropped = mem::take(&mut state.dropped);
                let entry = self.now(Entry::new("audit.dropped").outcome(Outcome::Dropped).count(dropped));
                // Its own size is not asked for: it tells of what was too much.
                self.push(&mut state, entry, None, usize::MAX);
            }
            if state.closed {
                for (act, count) in state.sample.all() {
                    let entry = self.now(Entry::new(act).outcome(Outcome::Suppressed).count(count));
                    self.push(&mut state, entry, None, usize::MAX);
                }
            }
            if !state.waiting.is_empty() {
                state = self.gather(state);
                let entries =
                    state.waiting.iter().take(AT_ONCE).map(|waiting| waiting.entry.clone()).collect();
                return Some(Batch { entries, closed: state.closed });
            }
            if state.closed {
                return None;
            }
            let pending = !state.sample.is_empty();
            state = if pending {
                let waited = self.wake.wait_timeout(state, TICK);
                let mut state = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
                self.tell_suppressed(&mut state, self.clock.now().mono.as_nanos() / 1_000_000_000);
                state
            } else {
                self.wake.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    /// Waits a moment for as many as were told last.
    fn gather<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let expected = mem::take(&mut state.told).min(AT_ONCE);
        if state.closed || state.waiting.len() >= expected {
            return state;
        }
        state.gathers = expected;
        let is_short = |state: &mut State| !state.closed && state.waiting.len() < expected;
        let waited = self.wake.wait_timeout_while(state, GATHER, is_short);
        let mut state = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        state.gathers = 0;
        state
    }

    /// So many entries are appended.
    pub(super) fn appended(&self, count: usize) {
        let mut state = self.lock();
        state.failing = false;
        state.told = 0;
        for _ in 0..count {
            let Some(Waiting { size, told, .. }) = state.waiting.pop_front() else { break };
            state.bytes = state.bytes.saturating_sub(size);
            // Nobody may be waiting any more.
            if told.is_some_and(|told| told.send(Ok(())).is_ok()) {
                state.told += 1;
            }
        }
        let bytes = state.bytes;
        drop(state);
        counted::waiting(bytes);
        self.moved.notify_waiters();
    }

    /// They are not; they stay, and whoever waits for them is told so. Whether this is news.
    pub(super) fn failed(&self, error: &Unrecorded) -> bool {
        let mut state = self.lock();
        for waiting in &mut state.waiting {
            if let Some(told) = waiting.told.take() {
                let _ = told.send(Err(error.clone()));
            }
        }
        !mem::replace(&mut state.failing, true)
    }

    /// The first entries can never be appended: counted as lost.
    pub(super) fn give_up(&self, count: usize) {
        let lost = count.min(self.lock().waiting.len()) as u64;
        self.failed(&Unrecorded::new("the audit log does not take it"));
        self.appended(count);
        self.lock().dropped += lost;
        counted::dropped(lost);
    }

    /// Waits a while before the next attempt, or until nobody wants to wait any more.
    pub(super) fn pause(&self, pause: Duration) {
        let state = self.lock();
        if !state.closed {
            drop(self.ended.wait_timeout(state, pause));
        }
    }

    pub(super) fn is_full(&self) -> bool {
        // Whether the next one, and be it long, may find no room among what strangers cause.
        self.lock().bytes + LONG > self.most / 8 * 7
    }

    pub(super) fn is_idle(&self) -> bool {
        let state = self.lock();
        state.waiting.is_empty() && state.dropped == 0
    }

    pub(super) fn finish(&self) {
        self.lock().finished = true;
        self.ended.notify_all();
        self.moved.notify_waiters();
    }

    /// Lets the thread end when nothing waits any more; how many entries still do after a while.
    pub(super) fn close(&self, patience: Duration) -> usize {
        let mut state = self.lock();
        state.closed = true;
        self.wake.notify_one();
        self.ended.notify_all();
        let waited = self.ended.wait_timeout_while(state, patience, |state| !state.finished);
        let state = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        state.waiting.len()
    }

    pub(super) fn now_mono(&self) -> Timestamp {
        self.clock.now().mono
    }

    /// What waits.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }
}

#[cfg(test)]
mod tests;
