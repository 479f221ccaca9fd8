//! How much a caller may do.

use palisade::{
    By, RateLimit,
    limit::{LimitError, Plans},
};

/// Requests an address may make at once; five a second in the long run.
pub const AT_ONCE: u32 = 10;
/// What each caller may do who is on no plan: windows begin with the minute, so that a reset is the same for everybody who
/// reads it.
pub const USUAL: &str = "60/minute fixed epoch";
/// What callers on a plan may do.
pub const PLANS: [(&str, &str); 2] = [("free", "30/minute fixed epoch"), ("pro", "600/minute fixed epoch")];

/// What an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest prompt, in characters.
    pub prompt: usize,
    /// The longest body of an inference, in bytes.
    pub body: usize,
}

/// The limit of an address, in words.
#[must_use]
pub fn address() -> String {
    format!("5/second burst {AT_ONCE}")
}

/// The limit of a caller. A key and the one that follows it count together, so that rotating does not double what they may do.
///
/// # Errors
///
/// None with the quotas above, which a test reads.
pub fn caller() -> Result<RateLimit, LimitError> {
    let plans =
        PLANS.into_iter().try_fold(Plans::new(USUAL)?, |plans, (plan, quota)| plans.plan(plan, quota))?;
    RateLimit::plans("principal", plans, By::lineage().or(By::client()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_quotas_can_be_read() {
        super::caller().unwrap();
    }
}
