//! What the routes do, for readers of the API.

use crate::{
    exchange::Health,
    summary::{MAX_LINE, MAX_LINES, MAX_TOP, Summary},
};
use palisade::{DenialKind::Upstream, Description};
use serde_json::{Value, json};

const JSON: &str = "application/json";

pub(crate) fn health() -> Description {
    let body = object(&json!({ "status": { "type": "string", "enum": ["ok"] } }), &["status"]);
    Description::of("Ask whether it is alive").answers(200, "It is", JSON, body)
}

pub(crate) fn dependency() -> Description {
    Description::of("Ask how the dependency is doing").answers_json::<Health>(200, "What its breaker says")
}

pub(crate) fn protected() -> Description {
    let body = object(&json!({ "username": text(), "expires_at": whole() }), &["username", "expires_at"]);
    Description::of("Ask who one is").answers(200, "Who calls, and until when", JSON, body)
}

pub(crate) fn summarize() -> Description {
    let line = json!({ "type": "string", "maxLength": MAX_LINE });
    let body = json!({
        "lines": { "type": "array", "items": line, "minItems": 1, "maxItems": MAX_LINES },
        "top": { "type": "integer", "minimum": 1, "maximum": MAX_TOP, "default": 10 },
    });
    let mut body = object(&body, &["lines"]);
    body["additionalProperties"] = false.into();
    Description::of("Summarise lines of errors")
        .takes(JSON, body)
        .answers_json::<Summary>(200, "Which kinds there are, and how often")
}

pub(crate) fn convert() -> Description {
    let answer = json!({
        "amount": text(),
        "currency": text(),
        "serial": whole(),
        "source": { "type": "string", "enum": ["live", "fallback"] },
        "age_seconds": whole(),
    });
    let amount =
        json!({ "type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?$", "examples": ["12.50"] });
    let currency =
        |example: &str| json!({ "type": "string", "pattern": "^[A-Z]{3}$", "examples": [example] });
    let answer = object(&answer, &["amount", "currency", "serial", "source", "age_seconds"]);
    Description::of("Convert an amount of money")
        .details("Where the dependency fails, the last rates that it gave are used.")
        .query_required("from", "The currency that one has", currency("EUR"))
        .query_required("to", "The currency that one wants", currency("USD"))
        .query_required("amount", "How much, up to a billion", amount)
        .answers(200, "The amount in the other currency", JSON, answer)
        .refuses([Upstream])
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn object(members: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": members, "required": required })
}
