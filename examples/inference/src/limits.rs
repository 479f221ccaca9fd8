//! How much a caller may do.

use palisade::{
    By, Concurrency, Overload, RateLimit,
    limit::{LimitError, Plans},
};

/// Requests an address may make at once; five a second in the long run.
pub const AT_ONCE: u32 = 10;
/// What callers on a plan may do.
pub const PLANS: [(&str, &str); 2] = [("free", "30/minute fixed epoch"), ("pro", "600/minute fixed epoch")];
/// Streams a caller may have at once.
pub const STREAMS: u32 = 4;
/// Requests that are answered at once, whoever sent them; a part is kept for whether it is alive.
const IN_FLIGHT: (u32, u32) = (1_000, 50);

/// The limit of an address, in words.
#[must_use]
pub fn address() -> String {
    format!("5/second burst {AT_ONCE}")
}

/// Quotas by plan, and so many requests a minute for callers on none. Windows begin with the minute, so that a reset is the same for
/// everybody who reads it.
///
/// # Errors
///
/// None with what a test reads: quotas as above, and a number above 0.
pub fn plans(requests_per_minute: u32) -> Result<Plans, LimitError> {
    let usual = format!("{requests_per_minute}/minute fixed epoch");
    PLANS.into_iter().try_fold(Plans::new(&*usual)?, |plans, (plan, quota)| plans.plan(plan, quota))
}

/// The limit of a caller. A key and the one that follows it count together, so that rotating does not double what they may do.
///
/// # Errors
///
/// Those of [`plans`].
pub fn caller(requests_per_minute: u32) -> Result<RateLimit, LimitError> {
    RateLimit::plans("principal", plans(requests_per_minute)?, By::lineage().or(By::client()))
}

/// How many streams a caller may have at once; each counts until its last byte.
///
/// # Errors
///
/// Where there is no randomness.
pub fn streams() -> Result<Concurrency, LimitError> {
    Concurrency::new("streams", STREAMS, By::lineage())
}

/// How many requests are answered at once.
///
/// # Errors
///
/// None with the figures above.
pub fn overload() -> Result<Overload, LimitError> {
    Overload::new(IN_FLIGHT.0)?.reserve(IN_FLIGHT.1)
}
