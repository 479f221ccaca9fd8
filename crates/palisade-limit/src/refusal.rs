//! How a limit says no.

use crate::{headers::seconds_until, policies::Policies, store_error::StoreError};
use palisade_core::{Decision, Denial, DenialKind, Moment};
use serde_json::json;

/// The refusal that follows from these decisions, one for each policy; `None` where all admitted.
pub(crate) fn refusal(policies: &Policies, decisions: &[Decision], now: Moment) -> Option<Denial> {
    let refused = policies.list().iter().zip(decisions).filter(|(_, decision)| !decision.admitted);
    // Never (`None`) is longer than any wait.
    let (policy, decision) =
        refused.max_by_key(|(_, decision)| (decision.retry.is_none(), decision.retry))?;
    let Some(retry) = decision.retry else {
        return Some(
            Denial::new(DenialKind::Invalid)
                .because("cost_exceeds_capacity")
                .with_details(json!({ "policy": policy.name(), "max_cost": policies.max_cost() })),
        );
    };
    let seconds = seconds_until(retry, now).max(1);
    Some(Denial::new(DenialKind::RateLimited).retry_after(seconds).with_details(json!({
        "policy": policy.name(),
        "limit": decision.limit,
        "remaining": decision.remaining,
        "reset": now.wall_of(decision.reset).as_secs_ceil(),
        "retry_after": seconds,
    })))
}

/// A store that cannot decide is no reason to let anybody pass.
pub(crate) fn unavailable(error: StoreError) -> Denial {
    Denial::new(DenialKind::Unavailable)
        .because("limiter_unavailable")
        .with_details(json!({ "kind": "limiter_unavailable" }))
        .with_source(error)
}
