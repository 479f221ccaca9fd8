//! What a limiter said.

use crate::clock::Timestamp;
use std::{fmt, sync::Arc};

/// The name and the public description of a limit; cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Policy(Arc<PolicyText>);

#[derive(PartialEq, Eq, Hash)]
struct PolicyText {
    name: Box<str>,
    item: Box<str>,
    timeless: bool,
}

impl Policy {
    /// A policy with its name and its item of the `RateLimit-Policy` field, such as `"address";q=10;w=2`.
    #[must_use]
    pub fn new(name: &str, item: &str) -> Self {
        Self(Arc::new(PolicyText { name: name.into(), item: item.into(), timeless: false }))
    }

    /// A policy whose quota comes back when requests end, not as time goes by, such as `"streams";q=4;qu="concurrent-requests"`:
    /// clients are told no time for it.
    #[must_use]
    pub fn timeless(name: &str, item: &str) -> Self {
        Self(Arc::new(PolicyText { name: name.into(), item: item.into(), timeless: true }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its item of the `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers-10).
    #[must_use]
    pub fn item(&self) -> &str {
        &self.0.item
    }

    /// Whether its quota comes back at no time that can be told.
    #[must_use]
    #[inline]
    pub fn is_timeless(&self) -> bool {
        self.0.timeless
    }

    /// Whether both are the same value, not merely equal.
    #[must_use]
    #[inline]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.item)
    }
}

/// What one quota said about one request.
///
/// Points in time are monotonic; headers turn them into seconds, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the quota had room for the cost.
    pub admitted: bool,
    /// The quota, or the capacity of the bucket.
    pub limit: u32,
    /// What is left now, rounded down, never more than `limit`.
    pub remaining: u32,
    /// When the quota is whole again; the present where its policy is [timeless](Policy::is_timeless).
    pub reset: Timestamp,
    /// When more than `remaining` will be there; `reset` or earlier.
    pub next: Timestamp,
    /// When the same request would be admitted, if nobody else comes; `now` where it was admitted. `None` where it never
    /// can be, because its cost exceeds the capacity.
    pub retry: Option<Timestamp>,
}

impl Decision {
    /// Whether `self` leaves a smaller part of its quota than `other`; of equals, the one that resets later.
    #[must_use]
    pub fn is_tighter_than(&self, other: &Self) -> bool {
        let mine = u64::from(self.remaining) * u64::from(other.limit.max(1));
        let theirs = u64::from(other.remaining) * u64::from(self.limit.max(1));
        mine < theirs || (mine == theirs && self.reset > other.reset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tighter_is_the_smaller_fraction_then_the_later_reset() {
        let at = |remaining, limit, reset| Decision {
            admitted: true,
            limit,
            remaining,
            reset: Timestamp::from_nanos(reset),
            next: Timestamp::default(),
            retry: None,
        };
        assert!(at(5, 100, 1).is_tighter_than(&at(1, 10, 1)));
        assert!(at(1, 10, 2).is_tighter_than(&at(10, 100, 1)));
        assert!(!at(1, 10, 1).is_tighter_than(&at(10, 100, 1)));
        assert!(at(0, 0, 1).is_tighter_than(&at(1, 1, 9)));
    }
}
