//! The last accounts, in a bounded number of bytes.

use palisade_core::RequestId;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// What an entry weighs beside its text.
const BESIDE: usize = 64;

#[derive(Default)]
struct Kept {
    accounts: VecDeque<(RequestId, Box<[u8]>)>,
    bytes: usize,
}

pub(super) struct Ring {
    kept: Mutex<Kept>,
    most: usize,
}

impl Ring {
    pub(super) fn new(most: usize) -> Self {
        Self { kept: Mutex::default(), most }
    }

    /// Keeps it, and forgets the oldest ones that it takes the room of.
    pub(super) fn push(&self, id: RequestId, account: Box<[u8]>) {
        let weight = |account: &[u8]| account.len() + BESIDE;
        if weight(&account) > self.most {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += weight(&account);
        kept.accounts.push_back((id, account));
        while kept.bytes > self.most {
            let Some((_, oldest)) = kept.accounts.pop_front() else { return };
            kept.bytes = kept.bytes.saturating_sub(weight(&oldest));
        }
    }

    /// The latest account of this request.
    pub(super) fn find(&self, id: RequestId) -> Option<Box<[u8]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.accounts.iter().rev().find(|(there, _)| *there == id).map(|(_, account)| account.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_it_never_weighs_more() {
        let ring = Ring::new(10 * (100 + BESIDE));
        let ids: Vec<_> = (0..100).map(|_| RequestId::random()).collect();
        for id in &ids {
            ring.push(*id, vec![b'x'; 100].into());
            assert!(ring.kept.lock().unwrap().bytes <= ring.most);
        }
        let found: Vec<_> = ids.iter().map(|id| ring.find(*id).is_some()).collect();
        assert_eq!(found.iter().filter(|found| **found).count(), 10);
        assert!(found.iter().rev().take(10).all(|found| *found));
        ring.push(RequestId::random(), vec![b'x'; 100_000].into());
        assert!(ring.find(ids[99]).is_some());
    }
}
