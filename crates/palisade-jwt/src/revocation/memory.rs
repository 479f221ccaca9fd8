//! Revocations in this process.

use super::{key::RevocationKey, marks::TokenMarks, port::Revocations, void::Revocation};
use crate::store_error::{StoreError, StoreErrorKind};
use dashmap::DashMap;
use palisade_core::{Moment, Reply, Timestamp, UnixTime};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Revocations in the memory of this process: for a single node whose tokens may live again after a restart, for tests, and
/// as the model of the port.
///
/// It has room for 100,000 tokens and as many subjects unless told otherwise. Where that is full of what is still needed,
/// nothing is forgotten: another revocation is [`Full`](StoreErrorKind::Full). Tokens and subjects have room apart, so
/// that nobody who logs out often keeps an administrator from shutting somebody out.
pub struct MemoryRevocations {
    found: DashMap<RevocationKey, Entry>,
    shelves: Mutex<[Shelf; 2]>,
    capacity: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    before: UnixTime,
    until: UnixTime,
    /// When it is over by the clock that nobody sets.
    ends: Timestamp,
}

/// What is kept, by when it is over.
type Shelf = BTreeSet<(UnixTime, RevocationKey)>;

/// Room for so many tokens, and for as many subjects.
pub(super) const CAPACITY: usize = 100_000;

impl MemoryRevocations {
    /// With room for 100,000 tokens and as many subjects.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// With room for so many tokens, and for as many subjects; each takes about 150 bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { found: DashMap::new(), shelves: Mutex::default(), capacity }
    }

    /// How many revocations it holds; some may be over.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn keep(&self, new: &Revocation, now: Moment) -> Result<(), StoreErrorKind> {
        // Entries are replaced whole, so a panic elsewhere leaves none half written.
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let [tokens, subjects] = &mut *shelves;
        let shelf = if new.is_of_subject() { subjects } else { tokens };
        self.sweep(shelf, now);
        if new.until() <= now.wall {
            return Ok(());
        }
        let left = new.until().as_nanos().saturating_sub(now.wall.as_nanos());
        let mut entry = Entry { before: new.before(), until: new.until(), ends: now.mono.plus_nanos(left) };
        let there = self.found.get(new.key()).map(|there| *there);
        if let Some(there) = there {
            entry.before = entry.before.max(there.before);
            entry.until = entry.until.max(there.until);
            entry.ends = entry.ends.max(there.ends);
            shelf.remove(&(there.until, *new.key()));
        } else if shelf.len() >= self.capacity {
            return Err(StoreErrorKind::Full);
        }
        shelf.insert((entry.until, *new.key()));
        self.found.insert(*new.key(), entry);
        Ok(())
    }

    /// Forgets what is over by both clocks: a wall clock that is set forward and back again brings no token to life.
    fn sweep(&self, shelf: &mut Shelf, now: Moment) {
        while let Some((until, key)) = shelf.first().copied() {
            let is_over = |entry: &Entry| until <= now.wall && entry.ends <= now.mono;
            if self.found.get(&key).is_some_and(|entry| !is_over(&entry)) {
                return;
            }
            self.found.remove(&key);
            shelf.pop_first();
        }
    }
}

impl Revocations for MemoryRevocations {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        Reply::now(self.keep(revocation, now).map_err(StoreError::from))
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        let voids = |key| self.found.get(key).is_some_and(|entry| token.is_issued_before(entry.before));
        Reply::now(Ok(token.keys().any(voids)))
    }
}

impl Default for MemoryRevocations {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRevocations").field("kept", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
