//! Memory to compute in.

use argon2::Block;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// Memory to compute in, used again and again: as many pieces as there ever were hashes at once.
///
/// Giving 19 MiB back after each hash leaves a piece in the arena of every thread that had one, with allocators that have such: many
/// times as much as is used.
pub(super) struct Scratch {
    /// The length of pieces that are kept, in blocks of 1 KiB.
    len: usize,
    free: Mutex<Vec<Vec<Block>>>,
}

impl Scratch {
    pub(super) const fn new(len: usize) -> Self {
        Self { len, free: Mutex::new(Vec::new()) }
    }

    /// Lends a piece of this length; only the usual length is kept.
    pub(super) fn lend<T>(&self, len: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let kept = if len == self.len { self.free().pop() } else { None };
        let mut piece = kept.unwrap_or_else(|| vec![Block::new(); len]);
        let done = work(&mut piece);
        if len == self.len {
            self.free().push(piece);
        }
        done
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").field("len", &self.len).finish_non_exhaustive()
    }
}
