//! What may be set of a store.

use std::time::Duration;

/// What may be set of a store, within its bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) connections: u32,
    /// Waiting for a connection.
    pub(crate) acquire: Duration,
    /// Waiting for an answer.
    pub(crate) query: Duration,
    /// Whether the server may come later.
    pub(crate) absent: bool,
}
