//! What the routes do, for readers of the API.

use crate::{migration, picture::Similarity, stats, upload::FIELDS};
use palisade::{DenialKind::Overloaded, Description};
use serde_json::{Map, Value, json};

pub(crate) fn health() -> Description {
    let body = json!({
        "type": "object",
        "required": ["status"],
        "properties": { "status": { "type": "string", "enum": ["ok"] } },
    });
    Description::of("Ask whether it is alive").answers(200, "It is", "application/json", body)
}

pub(crate) fn stats() -> Description {
    Description::of("Read the counts of this run").answers_json::<stats::Report>(200, "The counts")
}

pub(crate) fn migration() -> Description {
    Description::of("Read who is not ready for tokens yet")
        .answers_json::<migration::Report>(200, "Who would be refused, and who would not")
}

pub(crate) fn compare() -> Description {
    let file = json!({ "type": "string", "format": "binary", "description": "A PNG or JPEG file" });
    let files: Map<String, Value> = FIELDS.map(|name| (name.to_owned(), file.clone())).into_iter().collect();
    let form =
        json!({ "type": "object", "properties": files, "required": FIELDS, "additionalProperties": false });
    let [first, second] = FIELDS;
    let pictures = "image/png, image/jpeg";
    Description::of("Compare two pictures")
        .takes("multipart/form-data", form)
        .takes_file(first, pictures, "ada.png")
        .takes_file(second, pictures, "bob.png")
        .answers_json::<Similarity>(200, "How alike they are")
        .refuses([Overloaded])
}
