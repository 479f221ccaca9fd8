//! The models there are.

use super::error::PictureError;
use super::picture::Picture;
use super::prediction::Answer;
use crate::link::Link;
use serde::Serialize;

/// What a model looks at: time and memory after decoding are bounded by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    /// The picture, averaged down until no side is longer.
    Fitted(u32),
    /// The picture in a square of this side.
    Squared(u32),
}

/// One model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    input: Input,
}

impl Model {
    /// The model's name in paths.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Answers the bytes of a PNG or JPEG file. Decoding and measuring keep a processor busy: call it on a thread
    /// that may block.
    ///
    /// # Errors
    ///
    /// A [`PictureError`] if the bytes are not a whole picture within the bounds of [`Picture::decode`].
    pub fn predict(&self, file: &[u8]) -> Result<Answer, PictureError> {
        let picture = Picture::decode(file)?;
        let input = match self.input {
            Input::Fitted(side) => picture.fitted(side),
            Input::Squared(side) => picture.squared(side),
        };
        Ok(Answer::new(self.id, &picture, &input))
    }

    /// The entry in the list of models.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Self { id, name, description, .. } = *self;
        Summary { id, name, description, links: vec![Link::to_self(format!("/v2/models/{id}/"))] }
    }

    /// The body of `GET /v2/models/{model}/`.
    #[must_use]
    pub fn metadata(&self) -> Metadata {
        Metadata {
            summary: self.summary(),
            version: env!("CARGO_PKG_VERSION"),
            license: env!("CARGO_PKG_LICENSE"),
        }
    }
}

/// All models of this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    models: Vec<Model>,
}

impl Catalog {
    /// The models `my-model` and `my-model-mini`.
    #[must_use]
    pub fn new() -> Self {
        let models = vec![
            Model {
                id: "my-model",
                name: "My model",
                description: "Measures a picture at up to 512 by 512 pixels and labels what it looks like.",
                input: Input::Fitted(512),
            },
            Model {
                id: "my-model-mini",
                name: "My model, mini",
                description: "The same at 32 by 32 pixels: quicker, and blind to fine detail.",
                input: Input::Squared(32),
            },
        ];
        Self { models }
    }

    /// The model of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The body of `GET /v2/models/`.
    #[must_use]
    pub fn list(&self) -> ModelList {
        ModelList { models: self.models.iter().map(Model::summary).collect() }
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self::new()
    }
}

/// The body of `GET /v2/models/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ModelList {
    /// One entry a model.
    pub models: Vec<Summary>,
}

/// One entry in the list of models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// The model's name in paths.
    pub id: &'static str,
    /// The model's name for people.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Where to learn more.
    pub links: Vec<Link>,
}

/// The body of `GET /v2/models/{model}/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Metadata {
    /// What the list says as well.
    #[serde(flatten)]
    pub summary: Summary,
    /// The version of this program.
    pub version: &'static str,
    /// Its licence, as an SPDX expression.
    pub license: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::drawing::{checkerboard, gradient, jpeg, plain, png};
    use serde_json::{Value, json};

    fn answer(model: &str, file: &[u8]) -> Value {
        serde_json::to_value(Catalog::new().get(model).unwrap().predict(file).unwrap()).unwrap()
    }

    #[test]
    fn lists_and_describes_the_models() {
        let catalog = Catalog::new();
        let list = serde_json::to_value(catalog.list()).unwrap();
        assert_eq!(
            list["models"][0],
            json!({
                "id": "my-model",
                "name": "My model",
                "description": "Measures a picture at up to 512 by 512 pixels and labels what it looks like.",
                "links": [{"rel": "self", "href": "/v2/models/my-model/"}],
            })
        );
        assert_eq!(list["models"][1]["id"], "my-model-mini");
        for summary in catalog.list().models {
            let metadata = serde_json::to_value(catalog.get(summary.id).unwrap().metadata()).unwrap();
            assert_eq!(metadata["id"], summary.id);
            assert_eq!(metadata["links"], serde_json::to_value(summary.links).unwrap());
            assert_eq!(metadata["version"], env!("CARGO_PKG_VERSION"));
            assert_eq!(metadata["license"], "MIT OR Apache-2.0");
        }
        assert_eq!(catalog.get("My-Model"), None);
        assert_eq!(catalog.get(""), None);
    }

    #[test]
    fn an_answer_in_full() {
        let answer = answer("my-model", &png(&plain([255, 0, 0])));
        assert_eq!(answer["status"], "OK");
        let mut predictions = answer["predictions"].clone();
        let labels = predictions.as_object_mut().unwrap().remove("labels").unwrap();
        assert_eq!(
            predictions,
            json!({
                "model": "my-model",
                "width": 64,
                "height": 48,
                "mean_colour": {"red": 255.0, "green": 0.0, "blue": 0.0},
                "brightness": 0.2126,
                "contrast": 0.0,
                "edge_density": 0.0,
                "perceptual_hash": "0000000000000000",
            })
        );
        assert_eq!(labels.as_array().unwrap().len(), 8);
        assert_eq!(labels[0]["label"], "warm");
        let sum: f64 =
            labels.as_array().unwrap().iter().filter_map(|label| label["probability"].as_f64()).sum();
        assert!((sum - 1.0).abs() < 8.0 * 0.5e-4, "rounded probabilities sum to {sum}");
    }

    #[test]
    fn the_same_picture_gets_the_same_answer_and_another_picture_another() {
        let files = [png(&gradient(600, 400)), png(&checkerboard(8)), jpeg(&plain([20, 40, 200]))];
        for model in ["my-model", "my-model-mini"] {
            let [a, b, c] = files.each_ref().map(|file| answer(model, file));
            assert_eq!(a, answer(model, &files[0]));
            assert!(a != b && b != c && a != c);
        }
        assert_ne!(answer("my-model", &files[1]), answer("my-model-mini", &files[1]));
    }

    #[test]
    fn the_mini_model_does_not_see_what_the_other_sees() {
        let fine = png(&checkerboard(1));
        let edges = |model| answer(model, &fine)["predictions"]["contrast"].as_f64().unwrap();
        assert!(edges("my-model") > 0.9);
        assert!(edges("my-model-mini") < 0.1);
    }

    #[test]
    fn a_refused_file_gets_no_answer() {
        let model = Catalog::new();
        let model = model.get("my-model").unwrap();
        assert_eq!(model.predict(b"not a picture"), Err(PictureError::NotAnImage));
        assert_eq!(model.predict(&jpeg(&gradient(40, 30))[..100]), Err(PictureError::Truncated));
    }
}
