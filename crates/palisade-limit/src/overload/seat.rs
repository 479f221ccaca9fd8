//! One request among those in flight.

use super::gauge::Gauge;
use crate::{place::Place, roll::Placed};
use palisade_core::Permit;
use std::sync::Arc;

/// One of the requests that a gauge counts; dropping it takes the request back.
#[derive(Debug)]
pub(super) struct Seat {
    gauge: Arc<Gauge>,
    place: Place,
}

impl Seat {
    /// A seat, if there is one.
    #[inline]
    pub(super) fn take(gauge: &Arc<Gauge>) -> Option<Self> {
        gauge.enter().then(|| Self { gauge: gauge.clone(), place: Place::default() })
    }

    /// Whether it is one of this gauge's.
    pub(super) fn is_at(&self, gauge: &Arc<Gauge>) -> bool {
        Arc::ptr_eq(&self.gauge, gauge)
    }
}

impl Permit for Seat {
    fn waits_for_reader(&self, waits: bool) {
        self.place.waits_for_reader(waits);
    }

    fn is_taken_back(&self) -> bool {
        self.place.is_given_back()
    }
}

impl Placed for Seat {
    fn place(&self) -> &Place {
        &self.place
    }

    fn leave(&self) {
        self.gauge.leave();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.place.is_held() {
            self.gauge.leave();
        }
    }
}
