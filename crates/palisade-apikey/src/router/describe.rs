//! What the routes say of themselves in an API document.

use palisade_core::DenialKind::{Conflict, NotFound, PreconditionFailed};
use palisade_routes::Description;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const VERSION: &str = "The version, for `If-Match`";

pub(super) fn create() -> Description {
    let words = "The key stands in this answer and in no other. Nobody can give what they do not have.";
    of("Make a key")
        .details(words)
        .header("Idempotency-Key", "The same word gives the same answer, not another key", text())
        .takes(JSON, new_key())
        .answers(201, "The key, this once", JSON, with_key())
        .answer_header(201, "Location", "Where it can be read", text())
        .answer_header(201, "ETag", VERSION, text())
        .answer_header(
            201,
            "Idempotency-Replayed",
            "`true` where it is the answer of an earlier request",
            text(),
        )
        .refuses([Conflict])
}

pub(super) fn list() -> Description {
    let page = json!({
        "type": "object",
        "required": ["api_keys", "next_cursor"],
        "properties": {
            "api_keys": { "type": "array", "items": key() },
            "next_cursor": { "type": ["string", "null"] },
        },
    });
    of("List keys")
        .query(
            "limit",
            "How many at most",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 50 }),
        )
        .query("cursor", "`next_cursor` of the page before", text())
        .query("owner", "Keys of this owner", text())
        .query("lineage", "A key with all that came of it by rotation", text())
        .query(
            "revoked",
            "Revoked ones too, or alone",
            json!({ "enum": ["true", "false", "any"], "type": "string" }),
        )
        .query("created_before", "Made before", time())
        .query("ends_before", "Ending before", time())
        .query("unused_since", "Not used since", time())
        .answers(200, "A page", JSON, page)
}

pub(super) fn own() -> Description {
    of("Read the key that is calling")
        .answers(200, "The key", JSON, key())
        .answer_header(200, "ETag", VERSION, text())
        .refuses([NotFound])
}

pub(super) fn one() -> Description {
    of("Read a key")
        .answers(200, "The key", JSON, key())
        .answer_header(200, "ETag", VERSION, text())
        .refuses([NotFound])
}

pub(super) fn update() -> Description {
    of("Change a key")
        .details("What is absent stays; null takes away (RFC 7396).")
        .header("If-Match", "The version that is meant, as `ETag` tells it", text())
        .takes(JSON, patch())
        .answers(200, "The changed key", JSON, key())
        .answer_header(200, "ETag", VERSION, text())
        .refuses([NotFound, Conflict, PreconditionFailed])
}

pub(super) fn rotate() -> Description {
    let grace = json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 2_592_000 });
    let body =
        json!({ "type": "object", "properties": { "grace_seconds": grace }, "additionalProperties": false });
    of("Rotate a key")
        .details("Makes a successor; the old one goes on for the grace period.")
        .takes(JSON, body)
        .body_is_optional()
        .answers(201, "The successor, this once", JSON, with_key())
        .answer_header(201, "Location", "Where it can be read", text())
        .answer_header(201, "ETag", VERSION, text())
        .refuses([NotFound, Conflict])
}

pub(super) fn revoke() -> Description {
    let body = json!({ "type": "object", "properties": { "reason": text() }, "additionalProperties": false });
    of("Revoke a key")
        .takes(JSON, body)
        .body_is_optional()
        .answers_empty(204, "It opens nothing any more")
        .refuses([NotFound, Conflict])
}

pub(super) fn revoke_all() -> Description {
    let body = json!({
        "type": "object",
        "properties": {
            "owner": text(), "lineage": text(), "created_before": time(), "unused_since": time(), "reason": text(),
        },
        "additionalProperties": false,
    });
    let outcome = json!({
        "type": "object",
        "required": ["revoked", "kept", "more"],
        "properties": {
            "revoked": { "type": "integer" }, "kept": { "type": "integer" }, "more": { "type": "boolean" },
        },
    });
    of("Revoke many keys")
        .details("At least one condition is needed.")
        .takes(JSON, body)
        .answers(200, "How many were taken back", JSON, outcome)
        .refuses([Conflict])
}

fn of(summary: &str) -> Description {
    Description::of(summary).tag("api-keys").schema("ApiKey", record())
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn key() -> Value {
    json!({ "$ref": "#/components/schemas/ApiKey" })
}

fn with_key() -> Value {
    let secret = json!({ "type": "object", "required": ["key"], "properties": { "key": text() } });
    json!({ "allOf": [key(), secret] })
}

fn record() -> Value {
    let maybe = || json!({ "type": ["string", "null"] });
    let maybe_time = || json!({ "type": ["string", "null"], "format": "date-time" });
    json!({
        "type": "object",
        "required": ["id", "name", "hint", "owner", "permissions", "disabled", "lineage", "created_at", "created_by"],
        "properties": {
            "id": text(), "name": text(), "hint": text(), "owner": text(), "tenant": maybe(),
            "permissions": texts(), "roles": texts(), "plan": maybe(), "networks": texts(),
            "disabled": { "type": "boolean" }, "not_before": maybe_time(), "expires_at": maybe_time(),
            "grace_ends_at": maybe_time(), "revoked_at": maybe_time(), "revoked_by": maybe(), "revoked_reason": maybe(),
            "metadata": { "type": ["object", "null"] }, "lineage": text(), "predecessor": maybe(), "successor": maybe(),
            "created_at": time(), "created_by": text(), "last_used_at": maybe_time(),
        },
    })
}

fn members() -> Value {
    json!({
        "name": { "type": "string", "minLength": 1, "maxLength": 128 },
        "permissions": texts(),
        "roles": texts(),
        "plan": { "type": ["string", "null"] },
        "networks": { "type": "array", "items": { "type": "string" }, "examples": [["192.0.2.0/24"]] },
        "not_before": { "type": ["string", "null"], "format": "date-time" },
        "expires_in_days": { "type": ["integer", "null"], "minimum": 1, "maximum": 365 },
        "metadata": { "type": ["object", "null"] },
    })
}

fn new_key() -> Value {
    json!({
        "type": "object",
        "required": ["name", "permissions"],
        "properties": members(),
        "additionalProperties": false,
    })
}

fn patch() -> Value {
    let mut properties = members();
    if let Value::Object(properties) = &mut properties {
        properties.insert("disabled".to_owned(), json!({ "type": ["boolean", "null"] }));
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}
