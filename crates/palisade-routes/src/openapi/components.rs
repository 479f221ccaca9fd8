//! What operations share: schemas, headers, refusals and credentials.

use super::{
    security,
    shape::{ShapeError, schema},
    surroundings::{Scheme, Surroundings},
};
use palisade_core::{DenialKind, Format};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::{
    Components as Told, ComponentsBuilder, Content, ContentBuilder, Header, HeaderBuilder, Ref, RefOr,
    Response, ResponseBuilder, Schema,
    extensions::Extensions,
    schema::{ObjectBuilder, SchemaType, Type},
};

/// Shared parts, collected while operations are made.
pub(super) struct Components<'a> {
    around: &'a Surroundings,
    /// By name; whether a limit counted the request before.
    refusals: BTreeMap<String, (DenialKind, bool)>,
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

    /// Points to a refusal; `counted` where a limit has counted the request by then.
    pub(super) fn refusal(&mut self, kind: DenialKind, counted: bool) -> Ref {
        let counted = counted || kind == DenialKind::RateLimited;
        let name = match (kind, counted) {
            (DenialKind::RateLimited, _) | (_, false) => format!("{kind:?}"),
            (_, true) => format!("{kind:?}Counted"),
        };
        self.refusals.insert(name.clone(), (kind, counted));
        Ref::from_response_name(name)
    }

    /// Everything, as the document has it.
    pub(super) fn finish(self) -> Told {
        let mut told = ComponentsBuilder::new()
            .schema("Error", envelope())
            .header("X-Request-Id", always(text("The request's name, for support and logs")));
        if self.around.format != Format::Json {
            told = told.schema("Problem", problem());
        }
        for (name, words) in LIMIT_HEADERS {
            let number = name.starts_with('X');
            told = told.header(name, if number { integer(words) } else { text(words) });
        }
        told = told.header("Retry-After", integer("Seconds to wait, at least 1"));
        told = told.header("WWW-Authenticate", text("What to bring, a line for each kind (RFC 9110)"));
        for scheme in &self.around.schemes {
            told = told.security_scheme(scheme.name(), security::scheme(scheme));
        }
        for (name, (kind, counted)) in self.refusals {
            told = told.response(name, refusal(kind, counted, self.around));
        }
        told.schemas_from_iter(self.schemas).build()
    }
}

fn refusal(kind: DenialKind, counted: bool, around: &Surroundings) -> Response {
    let mut response = ResponseBuilder::new()
        .description(format!("{} (`{}`)", kind.message(), kind.code()))
        .header_ref("X-Request-Id", reference("X-Request-Id"));
    if matches!(around.format, Format::Json | Format::Negotiated) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Error")));
        response = response.content("application/json", content.example(Some(example(kind))).build());
    }
    if around.format != Format::Json {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        response = response.content("application/problem+json", content);
    }
    for name in own_headers(kind, around) {
        response = response.header_ref(*name, reference(name));
    }
    if counted {
        response = limits(response);
    }
    response.build()
}

/// A refusal of this kind as a client reads it.
fn example(kind: DenialKind) -> Value {
    let details = match kind {
        DenialKind::Invalid => {
            json!([{ "pointer": "/name", "code": "missing", "message": "this member is required" }])
        }
        DenialKind::RateLimited => {
            json!({ "policy": "principal", "limit": 60, "remaining": 0, "reset": 1_767_225_600, "retry_after": 17 })
        }
        _ => Value::Null,
    };
    json!({ "error": { "code": kind.code(), "message": kind.message(), "details": details } })
}

/// What the library adds to a refusal of this kind, beside what limits say.
fn own_headers(kind: DenialKind, around: &Surroundings) -> &'static [&'static str] {
    match kind {
        DenialKind::Unauthenticated => &["WWW-Authenticate"],
        // Which permissions are missing (RFC 6750 section 3.1); other schemes have no word for it.
        DenialKind::Forbidden if around.schemes.contains(&Scheme::Bearer) => &["WWW-Authenticate"],
        DenialKind::RateLimited | DenialKind::Unavailable | DenialKind::Overloaded => &["Retry-After"],
        _ => &[],
    }
}

/// Headers of a response that a limit has counted.
pub(super) fn limits(mut response: ResponseBuilder) -> ResponseBuilder {
    for (name, _) in LIMIT_HEADERS {
        response = response.header_ref(name, reference(name));
    }
    response
}

/// A header of the components.
pub(super) fn reference(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
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

/// One that is never absent; utoipa has no field for that.
fn always(mut header: Header) -> Header {
    header.extensions = Some(Extensions::from_iter([("required", true)]));
    header
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

    #[test]
    fn every_refusal_is_shown_as_it_reads() {
        let around = Surroundings::new("Models", "1");
        for kind in DenialKind::ALL {
            let told = serde_json::to_value(refusal(*kind, false, &around)).unwrap_or_default();
            let shown = &told["content"]["application/json"]["example"]["error"];
            assert_eq!((&shown["code"], &shown["message"]), (&json!(kind.code()), &json!(kind.message())));
        }
    }
}
