//! Limits as routes declare them.

use palisade_core::By;

/// A limit that a route declares in words; [`Routes::limits_with`](crate::Routes::limits_with) makes a guard of it.
///
/// Routes count nothing themselves: a stack knows where counters are kept, and what the words mean.
#[derive(Clone, Debug)]
pub struct RouteLimit {
    quotas: String,
    by: Option<By>,
}

impl RouteLimit {
    pub(crate) fn new(quotas: &str, by: Option<By>) -> Self {
        // One space between words: columns of the lock file stand two apart.
        Self { quotas: quotas.split_whitespace().collect::<Vec<_>>().join(" "), by }
    }

    /// How much, such as `5/minute`.
    #[must_use]
    pub fn quotas(&self) -> &str {
        &self.quotas
    }

    /// Itself in the words of the lock file: `limit 5/minute`, and what it counts by where that was declared.
    pub(crate) fn words(&self) -> String {
        match &self.by {
            None => format!("limit {}", self.quotas),
            Some(by) => format!("limit {} by {by}", self.quotas),
        }
    }

    /// What it counts by: the verified caller, and the client's address where there is none, unless it says otherwise.
    #[must_use]
    pub fn by(&self) -> By {
        self.by.clone().unwrap_or_else(|| By::principal().or(By::client()))
    }
}
