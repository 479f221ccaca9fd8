//! Write-once storage.

/// A value that is written once. `std`'s own costs three times as much to write, and nobody ever waits long for this one:
/// writing only moves a value that is already there, or reads a clock.
pub(crate) type Cell<T> = spin::Once<T>;

/// A short list whose entries are written once, in their order.
pub(crate) struct Notes<T, const N: usize>([Cell<T>; N]);

impl<T, const N: usize> Default for Notes<T, N> {
    #[inline]
    fn default() -> Self {
        Self([const { Cell::new() }; N])
    }
}

impl<T, const N: usize> Notes<T, N> {
    /// Appends a note; whether there was room.
    #[inline]
    pub(crate) fn push(&self, note: impl Fn() -> T) -> bool {
        self.0.iter().any(|cell| {
            let mut mine = false;
            // Where somebody else was faster, the note goes into the next cell.
            if !cell.is_completed() {
                cell.call_once(|| {
                    mine = true;
                    note()
                });
            }
            mine
        })
    }

    /// Forgets them all.
    #[inline]
    pub(crate) fn clear(&mut self) {
        // No cell is written before the one in front of it.
        for cell in self.0.iter_mut().take_while(|cell| cell.is_completed()) {
            *cell = Cell::new();
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at)?.get()
    }

    /// The notes in the order in which they were written.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.0.iter().map_while(Cell::get)
    }
}
