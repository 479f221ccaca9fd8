//! A small text generator: word-level n-grams with back-off over bundled texts.
//!
//! It is seeded by a hash of model name and prompt and begins near a word of the prompt, so answers differ from
//! prompt to prompt and are the same on every machine.

mod corpus;
mod generation;
mod input;
mod model;
mod random;
mod table;
mod tokens;
mod words;

pub use generation::{FinishReason, Generation};
pub use input::{DEFAULT_MAX_PROMPT, InputError, MAX_TOKENS, MaxTokens, Prompt};
pub use model::{Model, find, models};
pub use tokens::Tokens;

/// How many tokens `text` has: words, and every other visible character on its own.
///
/// ```
/// assert_eq!(inference::generator::count_tokens("Shut the gate, please."), 6);
/// ```
#[must_use]
pub fn count_tokens(text: &str) -> usize {
    words::words(text).count()
}

#[cfg(test)]
mod tests;
