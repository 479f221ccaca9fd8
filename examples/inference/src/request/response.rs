//! The answer to `POST /inference`.

use serde::Serialize;

use crate::generator::FinishReason;

/// What the model wrote and what it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct InferenceResponse {
    /// The model that wrote it.
    #[schema(value_type = String)]
    pub model: Box<str>,
    /// The text.
    pub output: String,
    /// Tokens read and written.
    pub usage: Usage,
    /// Why the text ends where it ends.
    pub finish_reason: FinishReason,
}

/// Tokens read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens of the answer.
    pub completion_tokens: usize,
    /// Both together.
    pub total_tokens: usize,
}

impl Usage {
    pub(crate) const fn new(prompt_tokens: usize, completion_tokens: usize) -> Self {
        Self { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
    }
}
