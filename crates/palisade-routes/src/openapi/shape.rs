//! JSON Schema as descriptions tell it.

use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

/// A description names a shape that is no schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: the shape of {part} is no JSON schema: {reason}")]
pub struct ShapeError {
    operation: String,
    part: String,
    reason: String,
}

/// Reads a schema; `operation` and `part` tell where it stood.
pub(super) fn schema(shape: &Value, operation: &str, part: &str) -> Result<RefOr<Schema>, ShapeError> {
    let error =
        |reason: String| ShapeError { operation: operation.to_owned(), part: part.to_owned(), reason };
    if !shape.is_object() {
        return Err(error("it must be an object".to_owned()));
    }
    serde_json::from_value(shape.clone()).map_err(|fault| error(fault.to_string()))
}
