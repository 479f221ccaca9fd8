//! JSON Schema as descriptions tell it.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// A description names a shape that is no schema, or speaks of a body or an answer that it does not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {fault}")]
pub struct ShapeError {
    operation: String,
    fault: String,
}

impl ShapeError {
    /// `part` is spoken of, and `of` is not told.
    pub(super) fn untold(operation: &str, part: &str, of: &str) -> Self {
        let fault = format!("{part} belongs to {of}, which is not described");
        Self { operation: operation.to_owned(), fault }
    }
}

/// Reads a schema; `operation` and `part` tell where it stood.
pub(super) fn schema(shape: &Value, operation: &str, part: &str) -> Result<RefOr<Schema>, ShapeError> {
    let error = |reason: &str| {
        let fault = format!("the shape of {part} is no JSON schema: {reason}");
        ShapeError { operation: operation.to_owned(), fault }
    };
    if !shape.is_object() {
        return Err(error("it must be an object"));
    }
    let mut shape = shape.clone();
    complete(&mut shape);
    let read: RefOr<Schema> =
        serde_json::from_value(shape.clone()).map_err(|fault| error(&fault.to_string()))?;
    let written = serde_json::to_value(&read).map_err(|fault| error(&fault.to_string()))?;
    match lost(&shape, &written) {
        None => Ok(read),
        Some(place) => Err(error(&format!("`{place}` cannot be told by utoipa; say it in other words"))),
    }
}

/// Says of every schema without a type that it may be any: utoipa reads none without, though it writes such.
fn complete(shape: &mut Value) {
    if *shape == Value::Bool(true) {
        *shape = Value::Object(Map::new());
    }
    let Value::Object(members) = shape else { return };
    if !["type", "$ref", "allOf", "anyOf", "oneOf"].iter().any(|name| members.contains_key(*name)) {
        let any = json!(["array", "boolean", "null", "number", "object", "string"]);
        members.insert("type".to_owned(), any);
    }
    for (name, inner) in members {
        match (name.as_str(), inner) {
            ("items" | "propertyNames", inner) => complete(inner),
            ("additionalProperties", inner) if inner.is_object() => complete(inner),
            ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(all)) => {
                all.iter_mut().for_each(complete);
            }
            ("properties", Value::Object(all)) => all.values_mut().for_each(complete),
            _ => {}
        }
    }
}

/// Where something stood that is not there any more; what says no more than its absence may go.
fn lost(before: &Value, after: &Value) -> Option<String> {
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        _ => false,
    };
    let inside = |name: &str, place: String| format!("{name}/{place}");
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            before.iter().find_map(|(name, value)| match after.get(name) {
                Some(kept) => lost(value, kept).map(|place| inside(name, place)),
                None => (!says_nothing(value)).then(|| name.clone()),
            })
        }
        (Value::Array(before), Value::Array(after)) => {
            before.iter().zip(after).enumerate().find_map(|(at, (before, after))| {
                lost(before, after).map(|place| inside(&at.to_string(), place))
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shape: &Value, expected: Result<Value, &str>) {
        let found = schema(shape, "GET /a", "its body").map(|read| json!(read)).map_err(|it| it.to_string());
        let words =
            |reason| format!("GET /a: the shape of its body is no JSON schema: `{reason}` cannot be told");
        match (found, expected) {
            (Err(found), Err(reason)) => assert!(found.starts_with(&words(reason)), "{found}"),
            (found, expected) => assert_eq!(found, expected.map_err(str::to_owned), "{shape}"),
        }
    }

    #[test]
    fn a_schema_without_a_type_may_be_anything() {
        let any = json!({ "type": ["array", "boolean", "null", "number", "object", "string"] });
        check(&json!({}), Ok(any.clone()));
        check(
            &json!({ "type": "object", "properties": { "a": {}, "b": true }, "additionalProperties": {} }),
            Ok(
                json!({ "type": "object", "properties": { "a": any, "b": any }, "additionalProperties": any }),
            ),
        );
        check(&json!({ "type": "array", "items": {} }), Ok(json!({ "type": "array", "items": any.clone() })));
        check(&json!({ "anyOf": [{}, { "$ref": "#/x" }] }), Ok(json!({ "anyOf": [any, { "$ref": "#/x" }] })));
    }

    #[test]
    fn nothing_that_is_said_goes_missing() {
        check(&json!({ "type": "string", "maxLength": 3, "examples": ["a"], "required": [] }), {
            Ok(json!({ "type": "string", "maxLength": 3, "examples": ["a"] }))
        });
        check(&json!({ "type": "string", "const": "a" }), Err("const"));
        check(
            &json!({ "type": "object", "properties": { "a": { "type": "string", "not": {} , "if": { "a": 1 } } } }),
            Err("properties/a/if"),
        );
        check(&json!({ "oneOf": [{ "type": "string", "patternProperties": { "a": 1 } }] }), {
            Err("oneOf/0/patternProperties")
        });
    }
}
