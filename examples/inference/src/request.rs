//! The body of `POST /inference` and its answer.

mod problem;
mod response;

use serde::Deserialize;
use serde_json::Value;

use crate::generator::{self, Generation, InputError, MaxTokens, Model, Prompt, Tokens};

pub use problem::Problem;
pub use response::{InferenceResponse, Usage};

/// What a client asks for; unknown and repeated fields are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InferenceRequest {
    /// What to answer.
    pub prompt: String,
    /// The name of the model.
    pub model: String,
    /// The most tokens to answer with; 64 when absent or null.
    #[serde(default)]
    pub max_tokens: Option<u64>,
}

impl InferenceRequest {
    /// Reads a JSON body. Compared with serde alone, it says for each field of the wrong type which one it is.
    ///
    /// # Errors
    ///
    /// Every field that is missing or of the wrong type; or the one problem that kept the body from being read.
    pub fn from_json(body: &[u8]) -> Result<Self, Vec<Problem>> {
        let fields: Fields =
            serde_json::from_slice(body).map_err(|error| vec![Problem::unreadable(&error)])?;
        let mut problems = vec![];
        let prompt = string("prompt", fields.prompt, &mut problems);
        let model = string("model", fields.model, &mut problems);
        let max_tokens = fields.max_tokens.and_then(|value| {
            let count = value.as_u64();
            if count.is_none() {
                problems.push(InputError::MaxTokensOutOfRange.into());
            }
            count
        });
        if problems.is_empty() { Ok(Self { prompt, model, max_tokens }) } else { Err(problems) }
    }

    /// Checks what the types do not: the length of the prompt (at most `max_prompt` characters), the name of the
    /// model, the number of tokens.
    ///
    /// # Errors
    ///
    /// Every field that is out of bounds.
    pub fn validate(&self, max_prompt: usize) -> Result<Job<'_>, Vec<Problem>> {
        let prompt = Prompt::new(&self.prompt, max_prompt);
        let model = generator::find(&self.model).ok_or(InputError::ModelUnknown);
        let max_tokens = self.max_tokens.map_or(Ok(MaxTokens::default()), MaxTokens::new);
        match (prompt, model, max_tokens) {
            (Ok(prompt), Ok(model), Ok(max_tokens)) => Ok(Job { prompt, model, max_tokens }),
            (prompt, model, max_tokens) => {
                let errors = [prompt.err(), model.err(), max_tokens.err()];
                Err(errors.into_iter().flatten().map(Problem::from).collect())
            }
        }
    }
}

/// A request that has been found in order.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    prompt: Prompt<'a>,
    model: &'static Model,
    max_tokens: MaxTokens,
}

impl Job<'_> {
    /// The model asked for.
    #[must_use]
    pub const fn model(&self) -> &'static Model {
        self.model
    }

    /// The whole answer; well under a millisecond.
    #[must_use]
    pub fn run(&self) -> InferenceResponse {
        let Generation { text, tokens, finish_reason } = self.model.generate(self.prompt, self.max_tokens);
        let usage = Usage::new(generator::count_tokens(self.prompt.as_str()), tokens.len());
        InferenceResponse { model: self.model.name(), output: text, usage, finish_reason }
    }

    /// The same answer, one token at a time.
    #[must_use]
    pub fn stream(&self) -> Tokens {
        self.model.tokens(self.prompt, self.max_tokens)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    prompt: Option<Value>,
    model: Option<Value>,
    max_tokens: Option<Value>,
}

/// The string in a field, or an empty one and a problem.
fn string(field: &'static str, value: Option<Value>, problems: &mut Vec<Problem>) -> String {
    match value {
        Some(Value::String(text)) => return text,
        Some(_) => problems.push(Problem::at(field, "must be a string")),
        None => problems.push(Problem::at(field, "is required and must be a string")),
    }
    String::new()
}

#[cfg(test)]
mod tests;
