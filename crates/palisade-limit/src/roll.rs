//! Who is in, so that those who keep a place for nothing can be found.

use crate::{
    error::{LimitError, LimitErrorKind},
    place::Place,
};
use palisade_core::{Permit, Timestamp};
use std::{
    sync::{
        Arc, Mutex, PoisonError, TryLockError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// A permit with a place that can be taken from its request.
pub(crate) trait Placed: Permit {
    fn place(&self) -> &Place;

    /// The place was taken from the request: it counts no more.
    fn leave(&self);
}

/// Those who are in. Entering costs a moment under one of several locks, leaving nothing: who has left is forgotten when others enter, at
/// the latest when half of the names are of such.
#[derive(Debug)]
pub(crate) struct Roll<P> {
    shards: [Mutex<Shard<P>>; SHARDS],
    /// Where the next look begins.
    next: AtomicUsize,
    /// Nobody looks before, in nanoseconds.
    due: AtomicU64,
}

#[derive(Debug)]
struct Shard<P> {
    names: Vec<Weak<P>>,
    /// So many names before those who have left are forgotten.
    full: usize,
    /// Where the next look begins.
    at: usize,
}

/// How long a response may wait for its reader while others are refused, unless told otherwise.
pub(crate) const UNREAD: Duration = Duration::from_secs(30);
/// What can be told.
const LEAST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(3_600);

const SHARDS: usize = 16;
/// A shard of fewer names is not looked through for those who have left.
const FEW: usize = 16;
/// So many places one look sees at most.
const AT_ONCE: usize = 1_024;
/// So many nanoseconds lie between two looks.
const PAUSE: u64 = 50_000_000;

impl<P: Placed> Roll<P> {
    pub(crate) fn new() -> Self {
        let shard = || Mutex::new(Shard { names: Vec::new(), full: FEW, at: 0 });
        Self { shards: std::array::from_fn(|_| shard()), next: AtomicUsize::new(0), due: AtomicU64::new(0) }
    }

    /// Writes down who came in.
    #[inline]
    pub(crate) fn enlist(&self, who: &Arc<P>) {
        // Neighbours in memory are 16 bytes apart at least, and mostly more.
        let address = Arc::as_ptr(who).addr();
        let Some(shard) = self.shards.get((address >> 6 ^ address >> 10) % SHARDS) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.names.len() >= shard.full {
            shard.forget();
        }
        shard.names.push(Arc::downgrade(who));
    }

    /// Takes the places of those whose responses were not read for so long; whether there were any.
    ///
    /// For whoever is about to be refused. It waits for nobody, looks at [`AT_ONCE`] places at most, and not again within [`PAUSE`].
    #[cold]
    pub(crate) fn sweep(&self, now: Timestamp, time: Duration) -> bool {
        let (due, at) = (self.due.load(Relaxed), now.as_nanos());
        if at < due || self.due.compare_exchange(due, at.saturating_add(PAUSE), Relaxed, Relaxed).is_err() {
            return false;
        }
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let first = self.next.fetch_add(1, Relaxed);
        let (mut left, mut found) = (AT_ONCE, 0);
        for shard in self.shards.iter().cycle().skip(first % SHARDS).take(SHARDS) {
            let mut shard = match shard.try_lock() {
                Ok(shard) => shard,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            found += shard.look(&mut left, now, time);
        }
        #[cfg(feature = "metrics")]
        crate::metrics::unread(found);
        found > 0
    }
}

impl<P: Placed> Shard<P> {
    fn forget(&mut self) {
        self.names.retain(|name| name.strong_count() > 0);
        self.full = FEW.max(2 * self.names.len());
    }

    /// How many places it took back.
    fn look(&mut self, left: &mut usize, now: Timestamp, time: u64) -> u32 {
        let mut found = 0;
        for _ in 0..self.names.len().min(*left) {
            *left -= 1;
            let Some(name) = self.names.get(self.at).or_else(|| self.names.first()) else { break };
            self.at = if self.at < self.names.len() { self.at } else { 0 };
            match name.upgrade() {
                Some(who) => {
                    if who.place().is_unread_for(time, now) && who.place().give_back() {
                        who.leave();
                        found += 1;
                        self.names.swap_remove(self.at);
                    } else {
                        self.at += 1;
                    }
                }
                None => drop(self.names.swap_remove(self.at)),
            }
        }
        found
    }
}

/// Whether a response can be let wait for its reader for so long.
///
/// # Errors
///
/// [`LimitErrorKind::Unread`] where it cannot.
pub(crate) fn check_unread(time: Duration) -> Result<(), LimitError> {
    if (LEAST..=MOST).contains(&time) { Ok(()) } else { Err(LimitErrorKind::Unread.into()) }
}

#[cfg(test)]
mod tests;
