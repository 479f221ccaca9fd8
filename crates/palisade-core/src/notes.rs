//! Write-once storage.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A value that is written once. `std`'s own costs three times as much to write, and nobody ever waits long for this one:
/// writing only moves a value that is already there, or reads a clock.
pub(crate) type Cell<T> = spin::Once<T>;

/// A short list whose entries are written once.
pub(crate) struct Notes<T, const N: usize> {
    taken: AtomicUsize,
    cells: [Cell<T>; N],
}

impl<T, const N: usize> Default for Notes<T, N> {
    #[inline]
    fn default() -> Self {
        Self { taken: AtomicUsize::new(0), cells: [const { Cell::new() }; N] }
    }
}

impl<T, const N: usize> Notes<T, N> {
    /// Appends a note; whether there was room.
    #[inline]
    pub(crate) fn push(&self, note: impl FnOnce() -> T) -> bool {
        // Checked first so that the count cannot run away.
        if self.taken.load(Relaxed) >= N {
            return false;
        }
        let cell = self.cells.get(self.taken.fetch_add(1, Relaxed));
        cell.map(|cell| cell.call_once(note)).is_some()
    }

    /// Forgets them all.
    #[inline]
    pub(crate) fn clear(&mut self) {
        // Cells are written in their order, so all of them are blank where the count says so.
        if *self.taken.get_mut() > 0 {
            *self = Self::default();
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.cells.get(at)?.get()
    }

    /// The notes in the order in which they were written.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.cells.iter().map_while(Cell::get)
    }
}
