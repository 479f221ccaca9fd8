//! The cells that keys share when there is no room for them.

use crate::algorithm::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One cell for each quota, up to so many quotas; beyond that, quotas share too.
const CELLS: usize = 64;

/// Cells that new keys share while their buckets are full of keys that matter: the alternatives are to forget one of those,
/// which is an amnesty, or to let the new ones pass uncounted.
#[derive(Debug, Default)]
pub(super) struct Overflow(Mutex<Cells>);

#[derive(Debug, Default)]
pub(super) struct Cells(Vec<(u64, Option<Cell>)>);

impl Overflow {
    pub(super) fn lock(&self) -> MutexGuard<'_, Cells> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells {
    /// The place of a quota's cell.
    pub(super) fn place(&mut self, identity: u64) -> usize {
        if let Some(at) = self.0.iter().position(|(of, _)| *of == identity) {
            return at;
        }
        if self.0.len() < CELLS {
            self.0.push((identity, None));
            return self.0.len() - 1;
        }
        identity as usize % CELLS
    }

    pub(super) fn load(&self, at: usize) -> Option<Cell> {
        self.0.get(at).and_then(|(_, cell)| *cell)
    }

    pub(super) fn store(&mut self, at: usize, cell: Cell) {
        if let Some((_, place)) = self.0.get_mut(at) {
            *place = Some(cell);
        }
    }
}
