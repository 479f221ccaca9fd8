//! A finished answer.

use serde::Serialize;

/// What a model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The whole answer: all tokens joined.
    pub text: String,
    /// The tokens as a stream would have sent them, blanks included.
    pub tokens: Vec<String>,
    /// Why the answer ends where it ends.
    pub finish_reason: FinishReason,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model had said what it wanted to say.
    Stop,
    /// The answer reached the number of tokens asked for.
    Length,
}
