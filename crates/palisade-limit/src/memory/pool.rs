//! Entries of logs, linked into chains.

use crate::algorithm::sliding_log::Entry;
use palisade_core::Timestamp;

/// A fixed number of entries, two words each: when, and how much beside the number of the next one. Numbers begin at 1; 0 is none.
#[derive(Debug)]
pub(super) struct Pool {
    words: Vec<u64>,
    /// Those from this number on were never used.
    fresh: u32,
    /// The first of those that came back.
    free: u32,
    spare: u32,
}

/// A chain of entries, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) oldest: u32,
    pub(super) newest: u32,
    pub(super) count: u32,
    /// The sum of costs: at most two capacities of at most 1,000.
    pub(super) total: u32,
}

impl Pool {
    pub(super) fn new(entries: u32) -> Self {
        // Zeroed by the operating system, page by page as they are first used.
        Self { words: vec![0; 2 * (entries as usize + 1)], fresh: 1, free: 0, spare: entries }
    }

    /// How many entries belong to nobody.
    pub(super) fn spare(&self) -> u32 {
        self.spare
    }

    /// The entries of a chain, oldest first.
    pub(super) fn walk(&self, chain: Chain) -> Walk<'_> {
        Walk { pool: self, next: chain.oldest }
    }

    pub(super) fn at(&self, nth: u32) -> Option<Timestamp> {
        self.get(nth).map(|(entry, _)| entry.at)
    }

    /// Appends an entry to a chain; `false` where none is spare.
    pub(super) fn append(&mut self, chain: &mut Chain, entry: Entry) -> bool {
        if self.spare == 0 {
            return false;
        }
        self.spare -= 1;
        let nth = match self.get(self.free) {
            Some((_, next)) => std::mem::replace(&mut self.free, next),
            None => {
                self.fresh += 1;
                self.fresh - 1
            }
        };
        self.set(nth, entry, 0);
        if let Some((newest, _)) = self.get(chain.newest) {
            self.set(chain.newest, newest, nth);
        } else {
            chain.oldest = nth;
        }
        chain.newest = nth;
        chain.count += 1;
        chain.total = chain.total.saturating_add(entry.cost);
        true
    }

    /// Puts `entry` in the place of the newest one.
    pub(super) fn replace_newest(&mut self, chain: &mut Chain, change: impl FnOnce(Entry) -> Entry) {
        if let Some((newest, next)) = self.get(chain.newest) {
            let changed = change(newest);
            chain.total = chain.total.saturating_sub(newest.cost).saturating_add(changed.cost);
            self.set(chain.newest, changed, next);
        }
    }

    /// Gives back entries from the old end while `is_over` says so.
    pub(super) fn trim(&mut self, chain: &mut Chain, mut is_over: impl FnMut(Entry) -> bool) {
        while let Some((entry, next)) = self.get(chain.oldest)
            && is_over(entry)
        {
            let nth = std::mem::replace(&mut chain.oldest, next);
            self.give_back(Chain { oldest: nth, newest: nth, count: 1, total: 0 });
            chain.count = chain.count.saturating_sub(1);
            chain.total = chain.total.saturating_sub(entry.cost);
        }
        if chain.oldest == 0 {
            *chain = Chain::default();
        }
    }

    /// Changes the cost of the entry of that time; one that becomes 0 is given back.
    pub(super) fn correct(&mut self, chain: &mut Chain, at: Timestamp, cost: impl FnOnce(Entry) -> u32) {
        let (mut before, mut nth) = (0, chain.oldest);
        while let Some((entry, next)) = self.get(nth) {
            if entry.at != at {
                (before, nth) = (nth, next);
                continue;
            }
            let corrected = cost(entry);
            chain.total = chain.total.saturating_sub(entry.cost).saturating_add(corrected);
            if corrected > 0 {
                return self.set(nth, Entry { cost: corrected, ..entry }, next);
            }
            match self.get(before) {
                Some((earlier, _)) => self.set(before, earlier, next),
                None => chain.oldest = next,
            }
            if next == 0 {
                chain.newest = before;
            }
            chain.count = chain.count.saturating_sub(1);
            return self.give_back(Chain { oldest: nth, newest: nth, count: 1, total: 0 });
        }
    }

    /// Takes all of a chain back, whatever its length, in a few steps.
    pub(super) fn give_back(&mut self, chain: Chain) {
        if let Some((newest, _)) = self.get(chain.newest) {
            self.set(chain.newest, newest, self.free);
            self.free = chain.oldest;
            self.spare += chain.count;
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.words.as_slice())
    }

    fn get(&self, nth: u32) -> Option<(Entry, u32)> {
        let at = 2 * nth as usize;
        match self.words.get(at..at + 2) {
            Some(&[time, rest]) if nth > 0 => {
                Some((Entry { at: Timestamp::from_nanos(time), cost: (rest >> 32) as u32 }, rest as u32))
            }
            _ => None,
        }
    }

    fn set(&mut self, nth: u32, entry: Entry, next: u32) {
        let at = 2 * nth as usize;
        if let Some([time, rest]) = self.words.get_mut(at..at + 2) {
            *time = entry.at.as_nanos();
            *rest = u64::from(entry.cost) << 32 | u64::from(next);
        }
    }
}

/// Walks along a chain.
#[derive(Clone, Debug)]
pub(super) struct Walk<'p> {
    pool: &'p Pool,
    next: u32,
}

impl Iterator for Walk<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (entry, next) = self.pool.get(self.next)?;
        self.next = next;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(at: u64, cost: u32) -> Entry {
        Entry { at: Timestamp::from_nanos(at), cost }
    }

    proptest! {
        /// Chains in a pool are lists, and the pool knows at all times how many entries are in none.
        #[test]
        fn chains_are_lists(steps in proptest::collection::vec((0..5_u8, 0..3_usize, 0..40_u64), 1..200)) {
            let mut pool = Pool::new(20);
            let mut chains = [Chain::default(); 3];
            let mut lists: [Vec<Entry>; 3] = Default::default();
            for (now, (what, which, n)) in (100..).zip(steps) {
                let (chain, list) = (&mut chains[which], &mut lists[which]);
                match what {
                    0 | 1 => {
                        let new = entry(now, n as u32 + 1);
                        if pool.append(chain, new) {
                            list.push(new);
                        }
                    }
                    2 => {
                        let over = |entry: &Entry| entry.at.as_nanos() + n <= now;
                        pool.trim(chain, |entry| over(&entry));
                        list.retain(|entry| !over(entry));
                    }
                    3 => {
                        if let Some(at) = list.get(n as usize % list.len().max(1)).map(|entry| entry.at) {
                            pool.correct(chain, at, |entry| entry.cost / 2);
                            list.iter_mut().filter(|entry| entry.at == at).for_each(|entry| entry.cost /= 2);
                            list.retain(|entry| entry.cost > 0);
                        }
                    }
                    _ => {
                        pool.replace_newest(chain, |newest| entry(now, newest.cost + 1));
                        if let Some(newest) = list.last_mut() {
                            *newest = entry(now, newest.cost + 1);
                        }
                        if n == 0 {
                            pool.give_back(std::mem::take(chain));
                            list.clear();
                        }
                    }
                }
                let kept: usize = lists.iter().map(Vec::len).sum();
                prop_assert_eq!(pool.spare() as usize, 20 - kept);
                for (chain, list) in chains.iter().zip(&lists) {
                    prop_assert_eq!(&pool.walk(*chain).collect::<Vec<_>>(), list);
                    prop_assert_eq!(chain.count as usize, list.len());
                    prop_assert_eq!(chain.total, list.iter().map(|entry| entry.cost).sum::<u32>());
                    prop_assert_eq!(pool.at(chain.newest), list.last().map(|entry| entry.at));
                }
            }
        }
    }
}
