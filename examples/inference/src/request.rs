//! The body of `POST /inference`, and its answer.

mod response;

use crate::generator::{Generation, Model, Tokens, count_tokens};
use garde::Validate;
use palisade::{Denial, DenialKind};
use serde::Deserialize;
use std::sync::Arc;

pub use response::{InferenceResponse, Usage};

/// The most tokens that may be asked for.
pub const MAX_TOKENS: u16 = 512;

/// How long a prompt may be, in characters: Unicode scalar values, not bytes.
#[derive(Clone, Copy, Debug)]
pub struct PromptRules {
    /// The most of them.
    pub max_prompt: usize,
}

/// What a client asks for; unknown and repeated fields are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(context(PromptRules as ctx))]
pub struct InferenceRequest {
    /// What to answer.
    #[garde(length(chars, max = ctx.max_prompt), custom(visible))]
    #[schema(min_length = 1, pattern = r"\S", example = "Who keeps the gate?")]
    pub prompt: String,
    /// The name of the model.
    #[garde(length(chars, min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "llama-7b")]
    pub model: String,
    /// The most tokens to answer with, 1 to 512; what is configured when absent or null.
    #[serde(default)]
    #[garde(range(min = 1, max = MAX_TOKENS))]
    #[schema(minimum = 1, maximum = 512, example = 64)]
    pub max_tokens: Option<u16>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "that is how it is called")]
fn visible(prompt: &str, _: &PromptRules) -> garde::Result {
    if prompt.trim().is_empty() {
        return Err(garde::Error::new("must contain at least one visible character"));
    }
    Ok(())
}

/// A request that was found in order, and its model.
#[derive(Clone, Debug)]
pub struct Job {
    /// The model.
    pub model: Arc<Model>,
    /// What to answer.
    pub prompt: String,
    /// The most tokens to answer with.
    pub max_tokens: u16,
}

impl Job {
    /// A job for this model, where there is one.
    ///
    /// # Errors
    ///
    /// 404 where there is none.
    pub fn new(
        request: InferenceRequest,
        model: Option<Arc<Model>>,
        max_tokens: u16,
    ) -> Result<Self, Denial> {
        let model = model.ok_or_else(unknown_model)?;
        Ok(Self { model, prompt: request.prompt, max_tokens: request.max_tokens.unwrap_or(max_tokens) })
    }

    /// The whole answer; well under a millisecond.
    #[must_use]
    pub fn run(&self) -> InferenceResponse {
        let generation = self.model.generate(&self.prompt, self.max_tokens);
        self.respond(generation)
    }

    /// What it is written token by token.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.model.tokens(&self.prompt, self.max_tokens)
    }

    /// The answer around a text.
    #[must_use]
    pub fn respond(&self, generation: Generation) -> InferenceResponse {
        let Generation { text, tokens, finish_reason } = generation;
        let usage = self.usage(tokens.len());
        InferenceResponse { model: self.model.name().into(), output: text, usage, finish_reason }
    }

    /// Tokens read, and so many written.
    #[must_use]
    pub fn usage(&self, written: usize) -> Usage {
        Usage::new(count_tokens(&self.prompt), written)
    }
}

/// There is no such model.
#[must_use]
pub fn unknown_model() -> Denial {
    Denial::new(DenialKind::NotFound)
        .because("unknown_model")
        .with_message("There is no such model; GET /api/v1/models lists those there are")
}

#[cfg(test)]
mod tests;
