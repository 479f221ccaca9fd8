//! What the routes say of themselves in an API document.

use palisade_core::DenialKind::{
    Conflict, Forbidden, NotFound, PreconditionFailed, RateLimited, Unauthenticated,
};
use palisade_routes::Description;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const VERSION: &str = "The version, for `If-Match`";
const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn login() -> Description {
    let body = object(&json!({ "username": short(), "password": password() }), &["username", "password"]);
    auth("Log in")
        .takes(JSON, body.clone())
        .takes(FORM, body)
        .answers(200, "Tokens", JSON, tokens())
        .refuses([Unauthenticated, RateLimited])
}

pub(super) fn refresh() -> Description {
    refreshing("Trade a refresh token for new tokens").answers(200, "Tokens", JSON, tokens())
}

pub(super) fn logout() -> Description {
    refreshing("Log out").answers_empty(204, "The refresh token is void")
}

pub(super) fn logout_token() -> Description {
    auth("Log out").answers_empty(204, "The token of this call is void")
}

pub(super) fn logout_everywhere() -> Description {
    auth("Log out everywhere").answers_empty(204, "Every token so far is void").refuses([Forbidden])
}

pub(super) fn change_password() -> Description {
    let body = object(
        &json!({ "old_password": password(), "new_password": password() }),
        &["old_password", "new_password"],
    );
    auth("Change one's password")
        .takes(JSON, body.clone())
        .takes(FORM, body)
        .answers_empty(204, "Changed, and every token so far is void")
        .refuses([Forbidden, RateLimited])
}

pub(super) fn users() -> Description {
    let page = json!({
        "type": "object",
        "required": ["users", "next_cursor"],
        "properties": {
            "users": { "type": "array", "items": one() },
            "next_cursor": { "type": ["string", "null"] },
        },
    });
    of("List users")
        .query("limit", "How many at most", json!({ "type": "integer", "minimum": 1, "maximum": 100 }))
        .query("cursor", "`next_cursor` of the page before", text())
        .answers(200, "A page", JSON, page)
}

pub(super) fn create_user() -> Description {
    let mut members = changes();
    if let Value::Object(members) = &mut members {
        members.insert("username".to_owned(), short());
        members.insert("password".to_owned(), password());
    }
    of("Add a user")
        .takes(JSON, object(&members, &["username", "password"]))
        .answers(201, "The user", JSON, one())
        .answer_header(201, "Location", "Where they can be read", text())
        .answer_header(201, "ETag", VERSION, text())
        .refuses([Conflict])
}

pub(super) fn user() -> Description {
    of("Read a user")
        .answers(200, "The user", JSON, one())
        .answer_header(200, "ETag", VERSION, text())
        .refuses([NotFound])
}

pub(super) fn update_user() -> Description {
    let mut members = changes();
    if let Value::Object(members) = &mut members {
        members.insert("disabled".to_owned(), json!({ "type": "boolean" }));
        members.insert("password".to_owned(), password());
    }
    of("Change a user")
        .details("What is absent stays; null takes away (RFC 7396).")
        .header("If-Match", "The version that is meant, as `ETag` tells it", text())
        .takes(JSON, object(&members, &[]))
        .answers(200, "The changed user", JSON, one())
        .answer_header(200, "ETag", VERSION, text())
        .refuses([NotFound, Conflict, PreconditionFailed])
}

pub(super) fn delete_user() -> Description {
    of("Remove a user")
        .header("If-Match", "The version that is meant, as `ETag` tells it", text())
        .answers_empty(204, "Removed, and every token so far is void")
        .refuses([NotFound, Conflict, PreconditionFailed])
}

fn auth(summary: &str) -> Description {
    Description::of(summary).tag("auth")
}

fn refreshing(summary: &str) -> Description {
    let body = object(&json!({ "refresh_token": text() }), &["refresh_token"]);
    auth(summary).takes(JSON, body.clone()).takes(FORM, body).refuses([Unauthenticated, RateLimited])
}

fn of(summary: &str) -> Description {
    Description::of(summary).tag("users").schema("User", record())
}

fn one() -> Value {
    json!({ "$ref": "#/components/schemas/User" })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn short() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 1024 })
}

fn password() -> Value {
    json!({ "type": "string", "format": "password", "minLength": 1 })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn object(members: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": members, "required": required, "additionalProperties": false })
}

fn changes() -> Value {
    json!({
        "email": { "type": ["string", "null"] },
        "roles": texts(),
        "permissions": texts(),
        "plan": { "type": ["string", "null"] },
    })
}

fn tokens() -> Value {
    json!({
        "type": "object",
        "required": ["token", "expires_at", "token_type", "expires_in"],
        "properties": {
            "token": text(),
            "expires_at": { "type": "string", "format": "date-time" },
            "token_type": { "type": "string", "enum": ["Bearer"] },
            "expires_in": { "type": "integer" },
            "refresh_token": text(),
        },
    })
}

fn record() -> Value {
    json!({
        "type": "object",
        "required": ["id", "username", "roles", "permissions", "disabled", "created_at"],
        "properties": {
            "id": text(), "username": text(), "email": { "type": ["string", "null"] },
            "roles": texts(), "permissions": texts(), "plan": { "type": ["string", "null"] },
            "disabled": { "type": "boolean" },
            "created_at": { "type": "string", "format": "date-time" },
            "tokens_not_before": { "type": ["string", "null"], "format": "date-time" },
        },
    })
}
