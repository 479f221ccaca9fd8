//! One request among those in flight.

use super::gauge::Gauge;
use std::sync::Arc;

/// One of the requests that a gauge counts; dropping it takes the request back.
#[derive(Debug)]
pub(super) struct Seat(Arc<Gauge>);

impl Seat {
    /// A seat, if there is one.
    #[inline]
    pub(super) fn take(gauge: &Arc<Gauge>) -> Option<Self> {
        gauge.enter().then(|| Self(gauge.clone()))
    }

    /// Whether it is one of this gauge's.
    pub(super) fn is_at(&self, gauge: &Arc<Gauge>) -> bool {
        Arc::ptr_eq(&self.0, gauge)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.leave();
    }
}
