//! What the routes do, for readers of the API. Who may call them, and how often, stands in their declarations.

use crate::{
    answers::Statistics,
    generator::Model,
    models::Registration,
    queue::Ticket,
    request::{InferenceRequest, InferenceResponse},
    tuning::{Tuning, TuningChange},
};
use palisade::{
    DenialKind::{Conflict, NotFound},
    Description,
};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

pub(super) fn health() -> Description {
    let body = object(&json!({ "status": { "type": "string", "enum": ["ok"] } }), &["status"]);
    Description::of("Ask whether it is alive").answers(200, "It is", JSON, body)
}

pub(super) fn ready() -> Description {
    let count = json!({ "type": "integer", "minimum": 0 });
    let counts = json!({ "waiting": count, "running": count, "finished": count });
    let detail = json!({
        "status": { "type": "string", "enum": ["ready", "not_ready"] },
        "database": { "type": "string", "enum": ["ready", "unreachable"] },
        "audit": object(&json!({ "waiting_bytes": count }), &["waiting_bytes"]),
        "models": count,
        "queue": object(&counts, &["waiting", "running", "finished"]),
        "cache": { "type": "object" },
    });
    let detail = object(&detail, &["status"]);
    let either = json!({ "anyOf": [{ "$ref": "#/components/schemas/Error" }, detail] });
    Description::of("Ask whether it can do its work")
        .details("Who has `read_metrics` is told why, too.")
        .answers(200, "It can", JSON, detail)
        .answers(503, "It cannot", JSON, either)
        .answers(503, "It cannot", PROBLEM, json!({ "$ref": "#/components/schemas/Problem" }))
}

pub(super) fn whoami() -> Description {
    let perhaps = json!({ "type": ["string", "null"] });
    let moment = json!({ "type": ["string", "null"], "format": "date-time" });
    let number = json!({ "type": "integer", "minimum": 0 });
    let limit = json!({ "policy": text(), "limit": number, "remaining": number, "reset": number });
    let token = json!({ "issuer": text(), "subject": text(), "id": perhaps, "issued_at": moment });
    let body = json!({
        "kind": text(),
        "id": text(),
        "lineage": text(),
        "tenant": perhaps,
        "plan": perhaps,
        "permissions": { "type": "array", "items": text() },
        "expires_at": moment,
        "token": { "type": ["object", "null"], "properties": token },
        "limits": { "type": "array", "items": object(&limit, &["policy", "limit", "remaining", "reset"]) },
    });
    let body = object(&body, &["kind", "id", "permissions", "expires_at", "limits"]);
    Description::of("Ask who one is")
        .details("Who calls, what they may do and until when, and what is left of their limits.")
        .answers(200, "Who calls", JSON, body)
}

pub(super) fn models() -> Description {
    let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Model" } });
    model("List the models").answers(
        200,
        "All of them",
        JSON,
        object(&json!({ "models": list }), &["models"]),
    )
}

pub(super) fn one_model() -> Description {
    named(model("Read a model")).answers_json::<Model>(200, "The model").refuses([NotFound])
}

pub(super) fn create_model() -> Description {
    let form = json!({
        "name": text(),
        "description": text(),
        "order": { "type": "integer", "minimum": 2, "maximum": 3, "default": 3 },
        "corpus": { "type": "string", "format": "binary", "description": "A file of plain text, `*.txt`" },
    });
    model("Train a model on a text")
        .details("The text stands in the JSON, or comes as the file `corpus` of a form.")
        .takes_json::<Registration>()
        .takes("multipart/form-data", object(&form, &["name", "corpus"]))
        .takes_file("corpus", "text/plain", "tides.txt")
        .answers_json::<Model>(201, "The model")
        .answer_header(201, "Location", "Where it can be read", text())
        .refuses([Conflict])
}

pub(super) fn delete_model() -> Description {
    named(model("Delete a model")).answers_empty(204, "It is gone").refuses([NotFound])
}

pub(super) fn infer() -> Description {
    let cached = json!({ "type": "string", "enum": ["hit", "miss", "off"] });
    Description::of("Run a model on a prompt")
        .takes_json::<InferenceRequest>()
        .answers_json::<InferenceResponse>(200, "The answer")
        .answers_example(200, JSON, answer())
        .answer_header(200, "X-Cache", "Whether it was given before", cached)
        .refuses([NotFound])
}

pub(super) fn stream() -> Description {
    let event = json!({ "event": { "type": "string", "enum": ["message", "done"] }, "data": text() });
    Description::of("Run a model on a prompt, token by token")
        .details(
            "The data of an event is JSON, one event a token: `{\"index\":0,\"token\":\"A\"}`. The last one is named `done` \
             and has `model`, `usage` and `finish_reason`.",
        )
        .takes_json::<InferenceRequest>()
        .answers(200, "Server-sent events, each of this shape", "text/event-stream", object(&event, &["data"]))
        .refuses([NotFound])
}

pub(super) fn cache() -> Description {
    Description::of("Read the figures of the cache").answers_json::<Statistics>(200, "The figures")
}

pub(super) fn clear_cache() -> Description {
    Description::of("Forget all answers").answers_empty(204, "They are forgotten")
}

pub(super) fn config() -> Description {
    Description::of("Read what may be changed").answers_json::<Tuning>(200, "What holds now")
}

pub(super) fn change_config() -> Description {
    Description::of("Change how it runs")
        .details("What is absent stays. It holds for the next request, and is in the audit log.")
        .takes_json::<TuningChange>()
        .answers_json::<Tuning>(200, "What holds now")
        .refuses([Conflict])
}

pub(super) fn jobs() -> Description {
    let count = json!({ "type": "integer", "minimum": 0 });
    let body = json!({
        "jobs": { "type": "array", "items": { "$ref": "#/components/schemas/Ticket" } },
        "waiting": count,
        "running": count,
        "finished": count,
        "max_waiting": count,
    });
    let body = object(&body, &["jobs", "waiting", "running", "finished", "max_waiting"]);
    job("List the jobs").answers(200, "All of them, the newest first, without their answers", JSON, body)
}

pub(super) fn put_job() -> Description {
    job("Leave a job")
        .takes_json::<InferenceRequest>()
        .answers_json::<Ticket>(202, "It waits")
        .answer_header(202, "Location", "Where to ask for it", text())
        .refuses([NotFound])
}

pub(super) fn clear_jobs() -> Description {
    job("End and forget all jobs").answers_empty(204, "There are none")
}

pub(super) fn one_job() -> Description {
    numbered(job("Read a job")).answers_json::<Ticket>(200, "The job").refuses([NotFound])
}

pub(super) fn cancel_job() -> Description {
    numbered(job("End a job, or forget one that is over")).answers_empty(204, "It is").refuses([NotFound])
}

fn answer() -> Value {
    json!({
        "model": "llama-7b",
        "output": "The gate is kept by whoever has the key.",
        "usage": { "prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 15 },
        "finish_reason": "stop",
    })
}

fn model(summary: &str) -> Description {
    shape::<Model>(Description::of(summary), "Model")
}

fn job(summary: &str) -> Description {
    shape::<Ticket>(Description::of(summary), "Ticket")
}

/// Keeps a type's shape, and what it points to, under its name.
fn shape<T: utoipa::ToSchema>(told: Description, name: &str) -> Description {
    let mut others = Vec::new();
    T::schemas(&mut others);
    let others = others.into_iter().map(|(name, schema)| (name, json!(schema)));
    others.fold(told.schema(name, json!(T::schema())), |told, (name, schema)| told.schema(&name, schema))
}

fn named(told: Description) -> Description {
    told.path("name", "The name of a model", json!({ "type": "string", "examples": ["llama-7b"] }))
}

fn numbered(told: Description) -> Description {
    told.path("id", "The id of a job", text())
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn object(members: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": members, "required": required })
}
