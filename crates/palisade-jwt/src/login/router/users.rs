//! The management of users, as routes.

use super::{
    answer::{empty, json, user, view},
    body::{Fields, read},
    describe, query,
};
use crate::login::{
    id::UserId,
    name::UserName,
    users::{FirstPassword, Mistake, NewUser, UserPatch, Users, UsersError},
};
use axum::{
    extract::{OriginalUri, Path, RawQuery, Request, State, rejection::PathRejection},
    response::Response,
};
use http::{HeaderMap, StatusCode, header::IF_MATCH};
use palisade_core::{Denial, DenialKind, Principal, ScopeSet};
use palisade_routes::{Policy, Routes, get, requires};
use serde_json::{Value, json};
use std::str::FromStr;

/// How many bytes of a body are read.
const BODY_LIMIT: usize = 16 * 1024;

impl Users {
    /// The management of users; put it below a prefix: `routes.nest("/api/v1/users", users.routes())`.
    ///
    /// | method, path | body | answer |
    /// | --- | --- | --- |
    /// | `POST /` | `username`, `password`; `email`, `roles`, `permissions`, `plan` | 201, `Location`, the user |
    /// | `GET /` | | a page: `limit`, `cursor` |
    /// | `GET /{id}` | | one, with `ETag` |
    /// | `PATCH /{id}` | `email`, `roles`, `permissions`, `plan`, `disabled`, `password` | the changed one; `If-Match` |
    /// | `DELETE /{id}` | | 204, and 404 when repeated; `If-Match` |
    ///
    /// All need what administers. No answer tells anything of a password.
    pub fn routes(&self) -> Routes {
        let admin = || policy(requires(self.administers().clone()));
        Routes::new()
            .route(
                "/",
                get(list)
                    .policy(admin())
                    .describe(describe::users())
                    .post(create)
                    .policy(admin())
                    .describe(describe::create_user()),
            )
            .route(
                "/{id}",
                get(one)
                    .policy(admin())
                    .describe(describe::user())
                    .patch(update)
                    .policy(admin())
                    .describe(describe::update_user())
                    .delete(remove)
                    .policy(admin())
                    .describe(describe::delete_user()),
            )
            .with_state(self.clone())
            .keeps_here(self.kept_here())
    }
}

const fn policy(policy: Policy) -> Policy {
    policy.body_limit(BODY_LIMIT).never_open()
}

async fn list(
    State(users): State<Users>,
    principal: Principal,
    RawQuery(query): RawQuery,
) -> Result<Response, Denial> {
    let query = query::read(query.as_deref().unwrap_or_default())?;
    let page = users.list(&users.caller(&principal), &query).await?;
    let shown: Vec<Value> = page.users.iter().map(|user| view(user)).collect();
    let next = page.next.as_ref().map(query::cursor);
    json(StatusCode::OK, &json!({ "users": shown, "next_cursor": next }))
}

async fn create(
    State(users): State<Users>,
    principal: Principal,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Result<Response, Denial> {
    let mut fields = Fields::json(request).await?;
    let name: Option<UserName> = fields.required("username", |fields, value| fields.text("username", &value));
    let password = fields.password("password");
    let patch = changes(&mut fields);
    fields.finish()?;
    let mut new = NewUser::new(read(name)?, FirstPassword::Chosen(read(password)?));
    new.email = patch.email.flatten();
    new.roles = patch.roles.unwrap_or_default();
    new.permissions = patch.permissions.unwrap_or_default();
    new.plan = patch.plan.flatten();
    let made = users.create(&users.caller(&principal), new).await?;
    user(StatusCode::CREATED, &made, Some(uri.path()))
}

async fn one(
    State(users): State<Users>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Denial> {
    let found = users.get(&users.caller(&principal), &read_id(id)?).await?;
    user(StatusCode::OK, &found, None)
}

async fn update(
    State(users): State<Users>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Denial> {
    let id = read_id(id)?;
    let version = if_match(request.headers())?;
    let mut fields = Fields::json(request).await?;
    let mut patch = changes(&mut fields);
    patch.disabled = match fields.take("disabled") {
        None => None,
        Some(Value::Bool(disabled)) => Some(disabled),
        Some(_) => fields.mistake("disabled", "true or false"),
    };
    patch.password = fields.take("password").and_then(|value| fields.as_password("password", value));
    fields.finish()?;
    let changed = users.update(&users.caller(&principal), id, patch, version).await?;
    user(StatusCode::OK, &changed, None)
}

async fn remove(
    State(users): State<Users>,
    principal: Principal,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Denial> {
    let id = read_id(id)?;
    let version = if_match(&headers)?;
    users.delete(&users.caller(&principal), id, version).await?;
    Ok(empty())
}

/// The members that may stand in new users and in changes.
fn changes(fields: &mut Fields) -> UserPatch {
    UserPatch {
        email: nullable(fields, "email"),
        roles: fields.take("roles").and_then(|value| fields.list("roles", &value)),
        permissions: fields
            .take("permissions")
            .and_then(|value| fields.list("permissions", &value))
            .map(|words| words.into_iter().collect::<ScopeSet>()),
        plan: nullable(fields, "plan"),
        disabled: None,
        password: None,
    }
}

/// Null takes away.
fn nullable<T: FromStr<Err: std::fmt::Display>>(fields: &mut Fields, name: &str) -> Option<Option<T>> {
    match fields.take(name)? {
        Value::Null => Some(None),
        value => fields.text(name, &value).map(Some),
    }
}

/// Whatever is no id names nobody.
fn read_id(id: Result<Path<String>, PathRejection>) -> Result<UserId, Denial> {
    let id = id.ok().and_then(|Path(id)| id.parse().ok());
    id.ok_or_else(|| UsersError::NotFound.into())
}

/// The version in `If-Match` (RFC 9110 §13.1.1): one strong tag, or `*` for any.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Denial> {
    let mut lines = headers.get_all(IF_MATCH).iter();
    let tag = match (lines.next().map(|line| line.to_str()), lines.next()) {
        (None, _) => return Ok(None),
        (Some(Ok(tag)), None) => tag.trim(),
        _ => {
            let detail = "If-Match is one tag as GET tells it, or *";
            return Err(UsersError::Invalid(vec![Mistake::new("#", detail)]).into());
        }
    };
    if tag == "*" {
        return Ok(None);
    }
    let version = tag.strip_prefix("\"v").and_then(|tag| tag.strip_suffix('"'));
    match version.and_then(|version| version.parse().ok()) {
        Some(version) => Ok(Some(version)),
        None => Err(Denial::new(DenialKind::PreconditionFailed).because("stale_version")),
    }
}
