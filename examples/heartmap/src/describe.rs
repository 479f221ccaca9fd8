//! What the routes do, for readers of the API.

use crate::{
    parameters::{Parameters, Versioned},
    results::Kept,
};
use palisade::{
    DenialKind::{NotFound, Overloaded},
    Description,
};
use serde_json::json;

pub(crate) fn health() -> Description {
    let body = json!({
        "type": "object",
        "required": ["status"],
        "properties": { "status": { "type": "string", "enum": ["ok"] } },
    });
    Description::of("Ask whether it is alive").answers(200, "It is", "application/json", body)
}

pub(crate) fn analyze() -> Description {
    let file = json!({ "type": "string", "format": "binary", "description": "An HDF5 file, `*.h5ad`" });
    let form = json!({
        "type": "object",
        "properties": { "file": file },
        "required": ["file"],
        "additionalProperties": false,
    });
    Description::of("Have a file analysed")
        .takes("multipart/form-data", form)
        .takes_file("file", "application/x-hdf5", "hearts.h5ad")
        .answers_json::<Kept>(201, "What was found")
        .answer_header(201, "Location", "Where it can be read again", json!({ "type": "string" }))
        .refuses([Overloaded])
}

pub(crate) fn config() -> Description {
    Description::of("Read the parameters of the analysis").answers_json::<Versioned>(200, "What holds now")
}

pub(crate) fn change() -> Description {
    Description::of("Change the parameters of the analysis")
        .details("All of them are given. Every change is in the audit log.")
        .takes_json::<Parameters>()
        .answers_json::<Versioned>(200, "What holds now")
}

pub(crate) fn result() -> Description {
    Description::of("Read what was found")
        .path("id", "The name of a result", json!({ "type": "string", "pattern": "^[a-z2-7]{32}$" }))
        .answers_json::<Kept>(200, "The result")
        .refuses([NotFound])
}
