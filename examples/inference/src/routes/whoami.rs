//! `/auth/whoami`: what a caller is told of itself.

use super::describe;
use crate::rfc3339;
use axum::Json;
use palisade::{
    Denial, Facts, Principal, StackLimits,
    jwt::JwtClaims,
    routes::{Routes, get},
};
use serde_json::{Value, json};

/// `standing` is filled by the stack around them.
pub(super) fn routes(standing: &StackLimits) -> Routes {
    let standing = standing.clone();
    let whoami = async move |principal: Principal, claims: Option<JwtClaims>, facts: Facts| {
        answer(standing.clone(), principal, claims, facts).await
    };
    Routes::new().route("/auth/whoami", get(whoami).authenticated().describe(describe::whoami()))
}

/// Who calls, what they may do and until when, and what is left of their limits.
async fn answer(
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
