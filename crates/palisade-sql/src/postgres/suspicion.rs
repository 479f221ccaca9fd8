//! Whether connections may be dead.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

/// After one connection broke, the others are asked for a sign of life, until as many operations went well as there may be connections.
#[derive(Clone, Debug)]
pub(crate) struct Suspicion {
    left: Arc<AtomicU32>,
    connections: u32,
}

impl Suspicion {
    pub(crate) fn new(connections: u32) -> Self {
        Self { left: Arc::default(), connections }
    }

    pub(crate) fn is_there(&self) -> bool {
        self.left.load(Relaxed) > 0
    }

    pub(crate) fn broke(&self) {
        self.left.store(self.connections, Relaxed);
    }

    pub(crate) fn went_well(&self) {
        if self.is_there() {
            let _ = self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        }
    }
}
