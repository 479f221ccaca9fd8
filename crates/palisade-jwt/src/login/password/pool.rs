//! How much of it runs at once.

use super::threads::Threads;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    time::timeout,
};

/// Work that blocks, so much of it at once and no more.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// Everything that runs or waits has a place.
    places: Arc<Semaphore>,
    /// What runs has a slot, until it has ended.
    slots: Arc<Semaphore>,
    /// As many as there are slots.
    threads: Arc<Threads>,
    running: Arc<Running>,
    at_once: usize,
}

#[derive(Debug, Default)]
struct Running {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// How busy the hashing of passwords is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HashingStatus {
    /// Hashes that are computed now, whether or not somebody still waits for them.
    pub running: usize,
    /// How many there ever were at once.
    pub most: usize,
    /// How many there can be at once.
    pub at_once: usize,
    /// How many wait.
    pub waiting: usize,
}

/// Why it was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// There was no place, or no slot in time.
    Busy,
    /// There is no runtime, or the work broke.
    Broken,
}

const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(1);
const MOST_AT_ONCE: usize = 4;

impl Pool {
    /// One processor is left to those who do not log in, where there are several; at most four hash.
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::of(cores.saturating_sub(1).clamp(1, MOST_AT_ONCE))
    }

    pub(super) fn of(at_once: usize) -> Self {
        let at_once = at_once.clamp(1, 64);
        Self {
            places: Arc::new(Semaphore::new(at_once + QUEUE)),
            slots: Arc::new(Semaphore::new(at_once)),
            threads: Arc::new(Threads::new(at_once)),
            running: Arc::default(),
            at_once,
        }
    }

    /// Does it on a thread of its own.
    ///
    /// Whoever waits in the queue and leaves makes room. Work that was begun goes on when nobody waits for it any more, and keeps its
    /// slot until it has ended: those who leave do not make it more than so much at once.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Undone> {
        // The queue keeps time by it.
        let _ = Handle::try_current().map_err(|_| Undone::Broken)?;
        let place = self.places.clone().try_acquire_owned().map_err(|_| Undone::Busy)?;
        let slot = match timeout(PATIENCE, self.slots.clone().acquire_owned()).await {
            Ok(Ok(slot)) => slot,
            _ => return Err(Undone::Busy),
        };
        let started = Started::new(&self.running);
        let (to, done) = oneshot::channel();
        let work = move || {
            let done = work();
            drop((started, slot, place));
            // Nobody may wait for it any more.
            let _ = to.send(done);
        };
        self.threads.give(Box::new(work)).map_err(|_| Undone::Broken)?;
        // Not on a thread of the runtime's: an application may have taken all of those.
        done.await.map_err(|_| Undone::Broken)
    }

    pub(super) fn status(&self) -> HashingStatus {
        let taken = (self.at_once + QUEUE).saturating_sub(self.places.available_permits());
        let running = self.running.now.load(Relaxed);
        HashingStatus {
            running,
            most: self.running.most.load(Relaxed),
            at_once: self.at_once,
            waiting: taken.saturating_sub(running),
        }
    }
}

struct Started(Arc<Running>);

impl Started {
    fn new(running: &Arc<Running>) -> Self {
        let now = running.now.fetch_add(1, Relaxed) + 1;
        running.most.fetch_max(now, Relaxed);
        Self(running.clone())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}
