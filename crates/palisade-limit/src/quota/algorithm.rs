//! How a quota counts.

use super::align::Align;

/// How a quota counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// The generic cell rate algorithm, which is a token bucket: units come back one by one. Any stretch of time `D` admits at
    /// most the burst and what comes back in `D`; from rest that is up to twice the count within the first period.
    #[default]
    Gcra,
    /// A count that starts again with each window. Two neighbouring windows together admit up to twice the count.
    FixedWindow(Align),
    /// The sliding window counter: the count of this window, and as much of the last one's as still overlaps a period that ends
    /// now. Windows begin at a key's first request. Any stretch of time `D` admits at most the count and what a bucket
    /// would give back in `D`: an estimate, because it takes the last window's requests to be evenly spread.
    SlidingCounter,
    /// The sliding window log: every charge of the last period is remembered, so no stretch of time as long as the period
    /// admits more than the count. Exact, and for counts up to [`MAX_LOGGED`] only.
    SlidingLog,
}

/// The largest count of a sliding log, which remembers each request.
pub const MAX_LOGGED: u32 = 1_000;
