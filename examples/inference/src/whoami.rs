//! What a caller is told of itself.

use crate::rfc3339;
use axum::Json;
use palisade::{Denial, Facts, Principal, StackLimits, jwt::JwtClaims};
use serde_json::{Value, json};

/// Who calls, what they may do and until when, and what is left of their limits.
pub(crate) async fn answer(
    limits: StackLimits,
    principal: Principal,
    claims: Option<JwtClaims>,
    facts: Facts,
) -> Result<Json<Value>, Denial> {
    let standing = limits.standing(&facts).await?.to_json();
    let permissions: Vec<_> = principal.scopes().iter().map(ToString::to_string).collect();
    let token = claims.map(|claims| {
        json!({
            "issuer": claims.issuer(),
            "subject": claims.subject(),
            "id": claims.id(),
            "issued_at": claims.issued_at().map(|at| rfc3339::format(at.as_secs())),
        })
    });
    Ok(Json(json!({
        "kind": principal.kind(),
        "id": principal.id(),
        "lineage": principal.lineage(),
        "tenant": principal.tenant(),
        "plan": principal.plan(),
        "permissions": permissions,
        "expires_at": principal.expires().map(|at| rfc3339::format(at.as_secs())),
        "token": token,
        "limits": standing["limits"],
    })))
}
