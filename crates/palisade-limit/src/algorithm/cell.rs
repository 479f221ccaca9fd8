//! What is remembered of a key.

use palisade_core::Timestamp;

/// What is remembered of a key under one quota: two numbers, which a store keeps without knowing what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    until: Timestamp,
    used: u64,
}

impl Cell {
    /// A cell of its two numbers.
    #[must_use]
    #[inline]
    pub const fn new(until: Timestamp, used: u64) -> Self {
        Self { until, used }
    }

    /// From this moment on the cell means the same as no cell: a bucket is full again, a window is over.
    #[must_use]
    #[inline]
    pub const fn until(self) -> Timestamp {
        self.until
    }

    /// What a window has admitted; 0 in a bucket, which needs no second number; what the last window and this one have
    /// admitted, 32 bits each, in a sliding counter.
    #[must_use]
    #[inline]
    pub const fn used(self) -> u64 {
        self.used
    }
}
