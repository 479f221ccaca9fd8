//! The cells that keys share when there is no room for them.

use crate::sync::{Mutex, MutexGuard};
use crate::{
    algorithm::{Cell, Log},
    quota::Quota,
};
use palisade_core::Moment;
use std::sync::PoisonError;

/// One cell for each quota, up to so many quotas; beyond that, quotas share too.
const CELLS: usize = 64;

/// Cells that new keys share while their buckets are full of keys that matter: the alternatives are to forget one of those,
/// which is an amnesty, or to let the new ones pass uncounted.
#[derive(Debug, Default)]
pub(super) struct Overflow(Mutex<Cells>);

#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: Vec<(u64, Option<Cell>)>,
    logs: Vec<(Quota, Log)>,
}

impl Overflow {
    pub(super) fn lock(&self) -> MutexGuard<'_, Cells> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells {
    /// The place of a quota's cell.
    pub(super) fn place(&mut self, identity: u64) -> usize {
        if let Some(at) = self.cells.iter().position(|(of, _)| *of == identity) {
            return at;
        }
        if self.cells.len() < CELLS {
            self.cells.push((identity, None));
            return self.cells.len() - 1;
        }
        identity as usize % CELLS
    }

    pub(super) fn load(&self, at: usize) -> Option<Cell> {
        self.cells.get(at).and_then(|(_, cell)| *cell)
    }

    pub(super) fn store(&mut self, at: usize, cell: Cell) {
        if let Some((_, place)) = self.cells.get_mut(at) {
            *place = Some(cell);
        }
    }

    /// The place of a quota's log. Logs of different quotas cannot be shared, because each forgets what the other may still need:
    /// when all places matter to other quotas there is none, and then nobody passes.
    pub(super) fn log_place(&mut self, quota: &Quota, now: Moment) -> Option<usize> {
        if let Some(at) = self.logs.iter().position(|(of, _)| of == quota) {
            return Some(at);
        }
        if self.logs.len() < CELLS {
            self.logs.push((*quota, Log::new()));
            return Some(self.logs.len() - 1);
        }
        let at = self.logs.iter().position(|(of, log)| log.is_outdated(of, now))?;
        *self.logs.get_mut(at)? = (*quota, Log::new());
        Some(at)
    }

    pub(super) fn log(&self, at: usize) -> Option<&Log> {
        self.logs.get(at).map(|(_, log)| log)
    }

    pub(super) fn record(&mut self, at: usize, now: Moment, cost: u32) {
        if let Some((quota, log)) = self.logs.get_mut(at) {
            log.record(quota, now, cost);
        }
    }
}
