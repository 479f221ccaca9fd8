//! What somebody wants to be made a model of.

use crate::generator::Model;
use axum::extract::Multipart;
use garde::Validate;
use palisade::{
    Denial,
    routes::{Signature, UploadPart, UploadRules, Violation, Violations},
};
use serde::Deserialize;

/// The longest text, in bytes.
pub const MAX_TEXT: usize = 1024 * 1024;

/// What somebody wants to be made a model of: a name, and a text to train on.
#[derive(Clone, Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The name that requests give.
    #[garde(custom(spelled))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9.-]*$", example = "tides")]
    pub name: String,
    /// What people read about it.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    pub description: String,
    /// How many words it looks at together: 2 or 3.
    #[serde(default = "usual")]
    #[garde(range(min = 2, max = 3))]
    #[schema(minimum = 2, maximum = 3)]
    pub order: u8,
    /// The text it is trained on.
    #[garde(length(bytes, max = MAX_TEXT))]
    pub text: String,
}

const fn usual() -> u8 {
    3
}

fn spelled(name: &str, (): &()) -> garde::Result {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    if begins && name.len() <= 64 && name.bytes().all(fits) {
        return Ok(());
    }
    Err(garde::Error::new("must be 1 to 64 of a-z, 0-9, `-` and `.`, and begin with a letter or digit"))
}

impl Registration {
    /// Reads a form: the texts `name`, `description` and `order`, and a file `corpus`, of plain text with the extension `txt`.
    ///
    /// # Errors
    ///
    /// 400 that names what is wrong; 413 where the file, or all of it, is too long.
    pub async fn read(form: Multipart) -> Result<Self, Denial> {
        // Plain text begins as it likes; whether it is text is looked at as a whole.
        const ANY: Signature = Signature::new(&[&[]]);
        let rules = UploadRules::new().file("txt", ANY).file_bytes(MAX_TEXT).text_bytes(1024).parts(4);
        let mut form = rules.read(form);
        let (mut name, mut description, mut order, mut corpus) = (None, None, None, None);
        while let Some(part) = form.next_part().await? {
            match part {
                UploadPart::Text { name: field, text } => match &*field {
                    "name" => once(&field, &mut name, text)?,
                    "description" => once(&field, &mut description, text)?,
                    "order" => once(&field, &mut order, text)?,
                    _ => return Err(wrong(&field, "unknown", "this part is not taken here")),
                },
                UploadPart::File(file) if file.name() == "corpus" => {
                    let text = String::from_utf8(file.bytes().await?.into());
                    let text = text.map_err(|_| wrong("corpus", "encoding", "the file is not UTF-8"))?;
                    once("corpus", &mut corpus, text)?;
                }
                UploadPart::File(file) => {
                    return Err(wrong(file.name(), "unknown", "this file is not taken here"));
                }
            }
        }
        let number = |order: String| {
            order.parse().map_err(|_| wrong("order", "type", "expected a whole number from 2 to 3"))
        };
        let missing = |field| wrong(field, "missing", "this part is missing");
        Ok(Self {
            name: name.ok_or_else(|| missing("name"))?,
            description: description.unwrap_or_default(),
            order: order.map(number).transpose()?.unwrap_or_else(usual),
            text: corpus.ok_or_else(|| missing("corpus"))?,
        })
    }

    /// Its rules, all at once.
    ///
    /// # Errors
    ///
    /// 400 that names every broken one.
    pub fn checked(self) -> Result<Self, Denial> {
        match self.validate() {
            Ok(()) => Ok(self),
            Err(report) => Err(Violations::from(&report).into()),
        }
    }

    /// Trains the model, which takes up to a second.
    ///
    /// # Errors
    ///
    /// 400 where the text is too short or too long.
    pub fn train(&self, created: &str) -> Result<Model, Denial> {
        Model::train(&self.name, &self.description, self.order.into(), &self.text, created)
            .map_err(|error| wrong("text", "rule", error.to_string()))
    }
}

/// Each part once: which of two would count?
fn once(field: &str, place: &mut Option<String>, text: String) -> Result<(), Denial> {
    if place.replace(text).is_some() {
        return Err(wrong(field, "duplicate", "this part stands there twice"));
    }
    Ok(())
}

fn wrong(field: &str, code: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Denial {
    let pointer = format!("/{}", field.replace('~', "~0").replace('/', "~1"));
    Violations::from(Violation::new(pointer, code, message)).into()
}
