//! How many words a slot has.

/// Tag and time.
pub(super) const NARROW: usize = 2;
/// And the count of a window, or both counts of a window that slides.
pub(super) const WIDE: usize = 3;
/// A log: tag, time, ends of the chain, count and total.
pub(super) const LOG: usize = 4;
