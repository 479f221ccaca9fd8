//! Revocations in this process.

use super::{key::RevocationKey, marks::TokenMarks, port::Revocations, void::Revocation};
use crate::store_error::{StoreError, StoreErrorKind};
use dashmap::DashMap;
use palisade_core::{Moment, Reply, Timestamp, UnixTime};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Revocations in the memory of this process: for a single node whose tokens may live again after a restart, for tests, and
/// as the model of the port.
///
/// It has room for 100,000 tokens and sessions and as many subjects unless told otherwise. Where that is full of what is still needed,
/// nothing is forgotten: another revocation is [`Full`](StoreErrorKind::Full). Tokens and subjects have room apart, so
/// that nobody who logs out often keeps an administrator from shutting somebody out.
///
/// Nor does anybody fill the room of tokens alone: of one subject ([`Revocation::of_holder`]) it keeps 64 entries, and with the next one
/// a cut in their place, which voids all tokens of that subject so far.
pub struct MemoryRevocations {
    found: DashMap<RevocationKey, Entry>,
    shelves: Mutex<Shelves>,
    capacity: usize,
}

#[derive(Default)]
struct Shelves {
    tokens: Shelf,
    subjects: Shelf,
    /// Whose the tokens are, where that is known.
    of_holder: HashMap<RevocationKey, BTreeSet<RevocationKey>>,
}

#[derive(Clone, Copy)]
struct Entry {
    before: UnixTime,
    until: UnixTime,
    /// When it is over by the clock that nobody sets.
    ends: Timestamp,
    holder: Option<RevocationKey>,
}

/// What is kept, by when it is over.
type Shelf = BTreeSet<(UnixTime, RevocationKey)>;

/// Room for so many tokens, and for as many subjects.
pub(super) const CAPACITY: usize = 100_000;
/// Entries for tokens of one subject.
pub(super) const MOST_OF_HOLDER: usize = 64;
/// No token of an [`Issuer`](crate::Issuer) lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);
/// The next token of somebody who was cut off is dated up to a second ahead.
const AHEAD: u64 = 1_000_000_000;

impl MemoryRevocations {
    /// With room for 100,000 tokens and as many subjects.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// With room for so many tokens, and for as many subjects; each takes about 350 bytes.
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
        self.sweep(&mut shelves, now);
        if new.until() <= now.wall {
            return Ok(());
        }
        if new.is_of_subject() {
            return self.put(&mut shelves.subjects, new, now);
        }
        let Some(holder) = new.holder().copied() else { return self.put(&mut shelves.tokens, new, now) };
        let Shelves { tokens, subjects, of_holder } = &mut *shelves;
        let is_full = !self.found.contains_key(new.key())
            && of_holder.get(&holder).is_some_and(|kept| kept.len() >= MOST_OF_HOLDER);
        if !is_full {
            self.put(tokens, new, now)?;
            of_holder.entry(holder).or_default().insert(*new.key());
            return Ok(());
        }
        // First the cut, then what it stands for: there is no moment without either.
        self.put(subjects, &cut(holder, new, now), now)?;
        for key in of_holder.remove(&holder).unwrap_or_default() {
            if let Some((_, entry)) = self.found.remove(&key) {
                tokens.remove(&(entry.until, key));
            }
        }
        Ok(())
    }

    fn put(&self, shelf: &mut Shelf, new: &Revocation, now: Moment) -> Result<(), StoreErrorKind> {
        let left = new.until().as_nanos().saturating_sub(now.wall.as_nanos());
        let mut entry = Entry {
            before: new.before(),
            until: new.until(),
            ends: now.mono.plus_nanos(left),
            holder: new.holder().copied(),
        };
        let there = self.found.get(new.key()).map(|there| *there);
        if let Some(there) = there {
            entry.before = entry.before.max(there.before);
            entry.until = entry.until.max(there.until);
            entry.ends = entry.ends.max(there.ends);
            entry.holder = entry.holder.or(there.holder);
            shelf.remove(&(there.until, *new.key()));
        } else if shelf.len() >= self.capacity {
            return Err(StoreErrorKind::Full);
        }
        shelf.insert((entry.until, *new.key()));
        self.found.insert(*new.key(), entry);
        Ok(())
    }

    /// Forgets what is over by both clocks: a wall clock that is set forward and back again brings no token to life.
    fn sweep(&self, shelves: &mut Shelves, now: Moment) {
        let is_over = |entry: &Entry| entry.until <= now.wall && entry.ends <= now.mono;
        for shelf in [&mut shelves.tokens, &mut shelves.subjects] {
            while let Some((_, key)) = shelf.first().copied() {
                if self.found.get(&key).is_some_and(|entry| !is_over(&entry)) {
                    break;
                }
                shelf.pop_first();
                let Some((_, Entry { holder: Some(holder), .. })) = self.found.remove(&key) else { continue };
                if let Some(kept) = shelves.of_holder.get_mut(&holder) {
                    kept.remove(&key);
                    if kept.is_empty() {
                        shelves.of_holder.remove(&holder);
                    }
                }
            }
        }
    }
}

/// What stands for all revocations of tokens of one subject, and for `last`.
fn cut(holder: RevocationKey, last: &Revocation, now: Moment) -> Revocation {
    let second = UnixTime::from_secs(now.wall.as_secs().saturating_add(1));
    let cut = Revocation::cut(holder, second.plus_nanos(AHEAD), LONGEST_LIFE);
    cut.until_at_least(last.until())
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
