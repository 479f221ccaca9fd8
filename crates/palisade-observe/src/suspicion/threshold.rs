//! How often is too often.

use std::time::Duration;

/// So many signs within so long, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    pub(super) count: u32,
    pub(super) within: Duration,
    pub(super) ban: Option<Duration>,
}

impl Threshold {
    /// So many, at least 2, within so long, at least a second. Whoever goes on at half that pace stays quiet for ever.
    #[must_use]
    pub fn new(count: u32, within: Duration) -> Self {
        Self { count: count.max(2), within: within.max(Duration::from_secs(1)), ban: None }
    }

    /// Bans the address for so long.
    #[must_use]
    pub const fn ban(mut self, time: Duration) -> Self {
        self.ban = Some(time);
        self
    }

    pub(super) fn nanos(&self) -> u64 {
        u64::try_from(self.within.as_nanos()).unwrap_or(u64::MAX / 2)
    }
}
