//! A small text generator: word-level n-grams with back-off, over bundled texts or over a text of its user.
//!
//! Each word is drawn from those that follow the last words of the prompt and of the answer so far, as often as they do in the text.
//! What draws is seeded by a hash of model name and prompt, so answers differ from prompt to prompt and are the same on every machine.

mod corpus;
mod generation;
mod model;
mod random;
mod table;
mod tokens;
mod training;
mod words;

pub use generation::{FinishReason, Generation};
pub use model::{Model, bundled};
pub use tokens::Tokens;
pub use training::{MAX_WORDS, MIN_WORDS, TrainingError};

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
