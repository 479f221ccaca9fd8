//! Answers.

use crate::login::{tokens::Tokens, user::User};
use axum::response::Response;
use http::{
    HeaderValue, StatusCode,
    header::{ETAG, LOCATION},
};
use palisade_core::{Denial, DenialKind, Secret, UnixTime};
pub(super) use palisade_routes::{no_content as empty, no_store as json};
use serde_json::{Map, Value, json};

/// Tokens, in the members of RFC 6749 §5.1 beside `token` and `expires_at`.
pub(super) fn tokens(tokens: &Tokens) -> Result<Response, Denial> {
    let mut body = Map::new();
    body.insert("token".to_owned(), shown(&tokens.access)?);
    body.insert("expires_at".to_owned(), tokens.expires.rfc3339().into());
    body.insert("token_type".to_owned(), "Bearer".into());
    body.insert("expires_in".to_owned(), tokens.expires_in.into());
    if let Some(refresh) = &tokens.refresh {
        body.insert("refresh_token".to_owned(), shown(refresh)?);
    }
    json(StatusCode::OK, &Value::Object(body))
}

fn shown(secret: &Secret) -> Result<Value, Denial> {
    let text = std::str::from_utf8(secret.expose());
    text.map(Value::from).map_err(|_| Denial::new(DenialKind::Internal))
}

/// Everything but how the user is recognised.
pub(super) fn view(user: &User) -> Value {
    let roles: Vec<_> = user.roles.iter().map(|role| role.as_str()).collect();
    let permissions: Vec<_> = user.permissions.iter().map(|scope| scope.as_str()).collect();
    json!({
        "id": user.id.to_string(),
        "username": user.name.as_str(),
        "email": user.email.as_ref().map(|email| email.expose()),
        "roles": roles,
        "permissions": permissions,
        "plan": user.plan.as_ref().map(|plan| plan.as_str()),
        "disabled": user.disabled,
        "created_at": user.created.rfc3339(),
        "tokens_not_before": user.not_before.map(UnixTime::rfc3339),
    })
}

/// One user, and their version as a tag (RFC 9110 §8.8.3).
pub(super) fn user(status: StatusCode, user: &User, base: Option<&str>) -> Result<Response, Denial> {
    let mut response = json(status, &view(user))?;
    if let Ok(tag) = HeaderValue::try_from(format!("\"v{}\"", user.version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    if let Some(base) = base
        && let Ok(location) = HeaderValue::try_from(format!("{}/{}", base.trim_end_matches('/'), user.id))
    {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}
