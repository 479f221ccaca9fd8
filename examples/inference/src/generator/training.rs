//! What makes a text fit to train a model on.

use thiserror::Error;

/// The fewest words a text may have to train a model on.
pub const MIN_WORDS: usize = 20;
/// The most words and marks a text may have to train a model on.
pub const MAX_WORDS: usize = 200_000;

/// Why a text makes no model. The words are for the client and repeat nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// There is too little to count.
    #[error("must have at least {MIN_WORDS} words")]
    TooShort,
    /// There is too much of it.
    #[error("must have at most {MAX_WORDS} words and marks")]
    TooLong,
}
