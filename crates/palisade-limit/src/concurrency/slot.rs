//! One request in flight.

use super::table::{Entered, Table};
use crate::{place::Place, roll::Placed};
use palisade_core::{Key, Permit};
use std::sync::Arc;

/// One request of one key; dropping it takes the request back.
#[derive(Debug)]
pub(super) struct Slot {
    table: Arc<Table>,
    key: Key,
    place: Place,
}

impl Slot {
    /// A slot and how many the key has with it, if it has fewer than `limit` and there is room.
    pub(super) fn take(table: &Arc<Table>, key: Key, limit: u32) -> Result<(Self, u32), Entered> {
        match table.enter(&key, limit) {
            Entered::In(count) => Ok((Self { table: table.clone(), key, place: Place::default() }, count)),
            refused @ (Entered::Busy | Entered::Full) => Err(refused),
        }
    }
}

impl Permit for Slot {
    fn waits_for_reader(&self, waits: bool) {
        self.place.waits_for_reader(waits);
    }

    fn is_taken_back(&self) -> bool {
        self.place.is_given_back()
    }
}

impl Placed for Slot {
    fn place(&self) -> &Place {
        &self.place
    }

    fn leave(&self) {
        self.table.leave(&self.key);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.place.is_held() {
            self.table.leave(&self.key);
        }
    }
}
