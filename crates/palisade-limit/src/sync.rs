//! What threads meet at, of the standard library; with `--cfg palisade_loom`, of loom, which tries every order of events.

#[cfg(palisade_loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};
#[cfg(not(palisade_loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

/// So many zeros, which the operating system hands out page by page as they are first used.
#[cfg(not(palisade_loom))]
pub(crate) fn zeros(count: usize) -> Box<[AtomicU64]> {
    bytemuck::zeroed_slice_box(count)
}

#[cfg(palisade_loom)]
pub(crate) fn zeros(count: usize) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

/// Asks memory for one of them without waiting for it.
#[inline(always)]
pub(crate) fn prefetch(words: &[AtomicU64], at: usize) {
    if !cfg!(palisade_loom) {
        prefetch_index::prefetch_index(words, at);
    }
}

/// How often a thread has waited for another that needs a few instructions.
#[derive(Debug, Default)]
pub(crate) struct Turns(u32);

impl Turns {
    #[cold]
    #[cfg(not(palisade_loom))]
    pub(crate) fn wait(&mut self) {
        // As long as the other takes if it runs at the same time; after that it may have lost its processor and need this one.
        if self.0 < 64 {
            self.0 += 1;
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }

    #[cfg(palisade_loom)]
    pub(crate) fn wait(&mut self) {
        self.0 = self.0.saturating_add(1);
        loom::thread::yield_now();
    }
}
