//! What operations share: schemas, headers, refusals and credentials.

use super::{
    security,
    shape::{ShapeError, schema},
    surroundings::Surroundings,
};
use palisade_core::{DenialKind, Format};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{
    Components as Told, ComponentsBuilder, Content, Header, HeaderBuilder, Ref, RefOr, Response,
    ResponseBuilder, Schema,
    schema::{ObjectBuilder, SchemaType, Type},
};

/// Shared parts, collected while operations are made.
pub(super) struct Components<'a> {
    around: &'a Surroundings,
    refusals: BTreeMap<String, DenialKind>,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

/// Headers that governed answers carry.
pub(super) const LIMIT_HEADERS: [(&str, &str); 5] = [
    ("X-RateLimit-Limit", "How many requests the tightest limit admits in its window"),
    ("X-RateLimit-Remaining", "How many are left of them"),
    ("X-RateLimit-Reset", "When all of them are back, in seconds since 1970"),
    ("RateLimit-Policy", "Every limit that governs the request (draft-ietf-httpapi-ratelimit-headers-10)"),
    ("RateLimit", "What is left of the tightest (draft-ietf-httpapi-ratelimit-headers-10)"),
];

impl<'a> Components<'a> {
    pub(super) const fn new(around: &'a Surroundings) -> Self {
        Self { around, refusals: BTreeMap::new(), schemas: BTreeMap::new() }
    }

    /// Keeps what a description names.
    pub(super) fn keep(&mut self, name: &str, shape: &Value, operation: &str) -> Result<(), ShapeError> {
        self.schemas.insert(name.to_owned(), schema(shape, operation, name)?);
        Ok(())
    }

    /// Points to a refusal.
    pub(super) fn refusal(&mut self, kind: DenialKind) -> Ref {
        let name = format!("{kind:?}");
        self.refusals.insert(name.clone(), kind);
        Ref::from_response_name(name)
    }

    /// Everything, as the document has it.
    pub(super) fn finish(self) -> Told {
        let mut told = ComponentsBuilder::new()
            .schema("Error", envelope())
            .header("X-Request-Id", text("The request's name, for support and logs"));
        if self.around.format != Format::Json {
            told = told.schema("Problem", problem());
        }
        for (name, words) in LIMIT_HEADERS {
            let number = name.starts_with('X');
            told = told.header(name, if number { integer(words) } else { text(words) });
        }
        told = told.header("Retry-After", integer("Seconds to wait, at least 1"));
        for scheme in &self.around.schemes {
            told = told.security_scheme(scheme.name(), security::scheme(scheme));
        }
        for (name, kind) in self.refusals {
            told = told.response(name, refusal(kind, self.around.format));
        }
        told.schemas_from_iter(self.schemas).build()
    }
}

fn refusal(kind: DenialKind, format: Format) -> Response {
    let mut response = ResponseBuilder::new()
        .description(format!("{} (`{}`)", kind.message(), kind.code()))
        .header_ref("X-Request-Id", Ref::new("#/components/headers/X-Request-Id"));
    if matches!(format, Format::Json | Format::Negotiated) {
        response = response.content("application/json", Content::new(Some(Ref::from_schema_name("Error"))));
    }
    if format != Format::Json {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        response = response.content("application/problem+json", content);
    }
    match kind {
        DenialKind::Unauthenticated => {
            response =
                response.header("WWW-Authenticate", text("What to bring, a line for each kind (RFC 9110)"));
        }
        DenialKind::RateLimited => {
            response = response.header_ref("Retry-After", Ref::new("#/components/headers/Retry-After"));
            for (name, _) in LIMIT_HEADERS {
                response = response.header_ref(name, Ref::new(format!("#/components/headers/{name}")));
            }
        }
        DenialKind::Unavailable | DenialKind::Overloaded => {
            response = response.header_ref("Retry-After", Ref::new("#/components/headers/Retry-After"));
        }
        _ => {}
    }
    response.build()
}

pub(super) fn text(words: &str) -> Header {
    header(Type::String, words)
}

fn integer(words: &str) -> Header {
    header(Type::Integer, words)
}

fn header(of: Type, words: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(SchemaType::new(of)).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(words)).build()
}

/// The shape of every refusal in the envelope.
fn envelope() -> RefOr<Schema> {
    let mut codes: Vec<&str> = DenialKind::ALL.iter().map(|kind| kind.code()).collect();
    codes.dedup();
    read(json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": { "type": "string", "description": format!("Such as {}", codes.join(", ")) },
                "message": { "type": "string" },
                // Every type, because a schema without one cannot be read here.
                "details": {
                    "type": ["array", "boolean", "null", "number", "object", "string"],
                    "description": "What exactly, where telling it is safe; null otherwise",
                },
            },
        } },
    }))
}

/// The shape of every refusal as a problem (RFC 9457).
fn problem() -> RefOr<Schema> {
    read(json!({
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "instance": { "type": "string" },
            "code": { "type": "string" },
        },
    }))
}

/// A constant of ours; an empty schema, which admits everything, where it could not be read.
fn read(shape: Value) -> RefOr<Schema> {
    serde_json::from_value(shape).unwrap_or_else(|_| ObjectBuilder::new().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_of_refusals_are_told_whole() {
        let check = |shape: RefOr<Schema>, required: Value| {
            assert_eq!(serde_json::to_value(shape).unwrap_or_default()["required"], required);
        };
        check(envelope(), json!(["error"]));
        check(problem(), json!(["title", "status"]));
    }
}
