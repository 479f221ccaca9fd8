//! What a caller is told of itself.

use crate::rfc3339;
use axum::Json;
use palisade::{Denial, Facts, Principal, StackLimits};
use serde_json::{Value, json};

/// Who calls, what they may do and until when, and what is left of their limits.
pub(crate) async fn answer(
    limits: StackLimits,
    principal: Principal,
    facts: Facts,
) -> Result<Json<Value>, Denial> {
    let standing = limits.standing(&facts).await?.to_json();
    let permissions: Vec<_> = principal.scopes().iter().map(ToString::to_string).collect();
    Ok(Json(json!({
        "kind": principal.kind(),
        "id": principal.id(),
        "lineage": principal.lineage(),
        "tenant": principal.tenant(),
        "plan": principal.plan(),
        "permissions": permissions,
        "expires_at": principal.expires().map(|at| rfc3339::format(at.as_secs())),
        "limits": standing["limits"],
    })))
}
