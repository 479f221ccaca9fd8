//! One request in flight.

use super::table::{Entered, Table};
use palisade_core::Key;
use std::sync::Arc;

/// One request of one key; dropping it takes the request back.
#[derive(Debug)]
pub(super) struct Slot {
    table: Arc<Table>,
    key: Key,
}

impl Slot {
    /// A slot and how many the key has with it, if it has fewer than `limit` and there is room.
    pub(super) fn take(table: &Arc<Table>, key: Key, limit: u32) -> Result<(Self, u32), Entered> {
        match table.enter(&key, limit) {
            Entered::In(count) => Ok((Self { table: table.clone(), key }, count)),
            refused @ (Entered::Busy | Entered::Full) => Err(refused),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.table.leave(&self.key);
    }
}
