//! How the keys of a provider stand, for readiness.

use super::error::RemoteError;
use std::time::Duration;

/// How the keys of a provider stand at one moment: for `/ready`, behind a permission where it is shown in full.
///
/// Made by [`RemoteKeys::status`](super::RemoteKeys::status).
#[derive(Clone, Debug)]
pub struct RemoteStatus {
    pub(crate) keys: usize,
    pub(crate) skipped: usize,
    pub(crate) is_stale: bool,
    pub(crate) age: Option<Duration>,
    pub(crate) next: Duration,
    pub(crate) failures: u32,
    pub(crate) last_error: Option<RemoteError>,
}

impl RemoteStatus {
    /// Whether tokens can be decided on. While not, every token is answered with 503.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.keys > 0
    }

    /// How many keys are in use.
    #[must_use]
    pub const fn keys(&self) -> usize {
        self.keys
    }

    /// How many published keys are not used, 100 at most.
    #[must_use]
    pub const fn skipped(&self) -> usize {
        self.skipped
    }

    /// Whether the keys are older than they should be.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// How long ago the provider last confirmed the keys; nothing if it never did.
    #[must_use]
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }

    /// In how long the provider is asked again, if nobody presents an unknown key before.
    #[must_use]
    pub const fn next_fetch_in(&self) -> Duration {
        self.next
    }

    /// How many times in a row it could not be asked.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Why it could not be asked the last time; nothing after a success.
    #[must_use]
    pub const fn last_error(&self) -> Option<&RemoteError> {
        self.last_error.as_ref()
    }
}
