//! What the routes do, for readers of the API.

use crate::{
    model::{Answer, Metadata, ModelList},
    versions::{Version, Versions},
};
use palisade::{DenialKind::NotFound, Description};
use serde_json::json;

pub(crate) fn versions() -> Description {
    Description::of("List the versions of this API").answers_json::<Versions>(200, "The versions")
}

pub(crate) fn version() -> Description {
    Description::of("Read about this version").answers_json::<Version>(200, "The version")
}

pub(crate) fn models() -> Description {
    Description::of("List the models").answers_json::<ModelList>(200, "The models")
}

pub(crate) fn metadata() -> Description {
    named("Read about a model").answers_json::<Metadata>(200, "The model")
}

pub(crate) fn predict() -> Description {
    let file = json!({ "type": "string", "format": "binary", "description": "A PNG or JPEG file" });
    let form = json!({ "type": "object", "properties": { "data": file }, "required": ["data"] });
    named("Have a picture looked at")
        .takes("multipart/form-data", form)
        .takes_file("data", "image/png, image/jpeg", "sunset.png")
        .answers_json::<Answer>(200, "What the model found")
}

fn named(summary: &str) -> Description {
    let name = json!({ "type": "string", "examples": ["my-model"] });
    Description::of(summary).path("model", "The name of a model", name).refuses([NotFound])
}
