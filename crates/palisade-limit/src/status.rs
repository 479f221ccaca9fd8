//! Where somebody stands.

use palisade_core::{Decision, Moment, Policy, UnixTime};
use serde_json::{Value, json};

/// What limits would say to somebody who asked now; nothing is charged for it.
///
/// With the feature `axum` it is a response: `{"limits":[{"policy":"address","limit":10,"remaining":7,"reset":1704067202}]}`.
#[derive(Clone, Debug, Default)]
pub struct LimitStatus {
    limits: Vec<Standing>,
}

/// Where somebody stands with one policy.
#[derive(Clone, Debug)]
pub struct Standing {
    policy: Policy,
    decision: Decision,
    now: Moment,
}

impl LimitStatus {
    /// The policies, in the order in which they are checked.
    pub fn iter(&self) -> impl Iterator<Item = &Standing> {
        self.limits.iter()
    }

    /// Whether a request of cost 1 would pass all of them.
    #[must_use]
    pub fn would_pass(&self) -> bool {
        self.limits.iter().all(|standing| standing.decision.admitted && standing.decision.remaining > 0)
    }

    /// As JSON; `reset` is seconds since 1970, rounded up.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let limit = |standing: &Standing| {
            json!({
                "policy": standing.policy(),
                "limit": standing.limit(),
                "remaining": standing.remaining(),
                "reset": standing.reset().as_secs_ceil(),
            })
        };
        json!({ "limits": self.limits.iter().map(limit).collect::<Vec<_>>() })
    }

    pub(crate) fn push(&mut self, policy: &Policy, decision: Decision, now: Moment) {
        self.limits.push(Standing { policy: policy.clone(), decision, now });
    }

    /// Adds what another one says.
    pub fn append(&mut self, mut other: Self) {
        self.limits.append(&mut other.limits);
    }
}

impl Standing {
    /// The name of the policy.
    #[must_use]
    pub fn policy(&self) -> &str {
        self.policy.name()
    }

    /// The quota, or the capacity of the bucket.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.decision.limit
    }

    /// What is left.
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.decision.remaining
    }

    /// When the quota is whole again, and no block is left.
    #[must_use]
    pub const fn reset(&self) -> UnixTime {
        self.now.wall_of(self.decision.reset)
    }

    /// Whether a block is in force.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        // A look costs nothing, so nothing else refuses it.
        !self.decision.admitted
    }
}
