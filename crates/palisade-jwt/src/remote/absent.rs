//! Key ids that are known not to be there.

use palisade_core::Timestamp;
use std::hash::{BuildHasher as _, RandomState};

/// The last key ids that a provider was asked for and did not have; the oldest gives way to the newest.
#[derive(Debug, Default)]
pub(crate) struct Absent {
    /// A hash of the id, and until when it counts.
    entries: Vec<(u64, Timestamp)>,
    next: usize,
    hasher: RandomState,
}

/// How many are remembered.
pub(crate) const CAPACITY: usize = 128;
/// How long they are, in nanoseconds: 300 seconds.
pub(crate) const AGE: u64 = 300_000_000_000;

impl Absent {
    pub(crate) fn contains(&self, kid: &str, now: Timestamp) -> bool {
        let hash = self.hasher.hash_one(kid);
        self.entries.iter().any(|(known, until)| *known == hash && now < *until)
    }

    pub(crate) fn insert(&mut self, kid: &str, now: Timestamp) {
        let entry = (self.hasher.hash_one(kid), now.plus_nanos(AGE));
        if let Some(known) = self.entries.iter_mut().find(|(known, _)| *known == entry.0) {
            *known = entry;
        } else if self.entries.len() < CAPACITY {
            self.entries.push(entry);
        } else if let Some(oldest) = self.entries.get_mut(self.next) {
            *oldest = entry;
            self.next = (self.next + 1) % CAPACITY;
        }
    }

    /// Other keys came; what they lack is asked anew.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.next = 0;
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a138_absent_ids_are_bounded_in_number_and_time() {
        let mut absent = Absent::default();
        let at = Timestamp::from_nanos;
        absent.insert("first", at(0));
        assert!(absent.contains("first", at(AGE - 1)) && !absent.contains("first", at(AGE)));
        assert!(!absent.contains("other", at(0)));
        for nth in 1..CAPACITY {
            absent.insert(&nth.to_string(), at(1));
            absent.insert(&nth.to_string(), at(1));
        }
        assert!(absent.len() == CAPACITY && absent.contains("first", at(1)));
        for nth in 0..1_000 {
            absent.insert(&format!("flood {nth}"), at(2));
            assert_eq!(absent.len(), CAPACITY);
        }
        assert!(!absent.contains("first", at(2)) && absent.contains("flood 999", at(2)));
        assert!(absent.contains("flood 872", at(2)) && !absent.contains("flood 871", at(2)));
        absent.clear();
        assert!(!absent.contains("flood 999", at(2)));
        absent.insert("again", at(3));
        assert!(absent.contains("again", at(3)) && absent.len() == 1);
    }
}
