//! What may be asked of a model.

use thiserror::Error;

/// The longest prompt unless configured otherwise, in characters.
pub const DEFAULT_MAX_PROMPT: usize = 10_000;

/// The most tokens that may be asked for.
pub const MAX_TOKENS: u16 = 512;

/// A prompt that is neither blank nor too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt<'a>(&'a str);

impl<'a> Prompt<'a> {
    /// Accepts a prompt of at most `limit` characters (Unicode scalar values, not bytes) that has at least one
    /// visible one.
    ///
    /// # Errors
    ///
    /// [`InputError::PromptBlank`] or [`InputError::PromptTooLong`].
    pub fn new(text: &'a str, limit: usize) -> Result<Self, InputError> {
        if text.trim().is_empty() {
            Err(InputError::PromptBlank)
        } else if text.chars().nth(limit).is_some() {
            Err(InputError::PromptTooLong { limit })
        } else {
            Ok(Self(text))
        }
    }

    /// The prompt as it was written.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// How many tokens an answer may have: from 1 to [`MAX_TOKENS`], 64 by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxTokens(u16);

impl MaxTokens {
    /// Accepts 1 to [`MAX_TOKENS`].
    ///
    /// # Errors
    ///
    /// [`InputError::MaxTokensOutOfRange`] for any other number.
    pub fn new(count: u64) -> Result<Self, InputError> {
        match u16::try_from(count) {
            Ok(count @ 1..=MAX_TOKENS) => Ok(Self(count)),
            Ok(_) | Err(_) => Err(InputError::MaxTokensOutOfRange),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl Default for MaxTokens {
    fn default() -> Self {
        Self(64)
    }
}

/// Why a model was not run. The texts are for the client and repeat nothing the client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// The prompt is empty or blank.
    #[error("must contain at least one visible character")]
    PromptBlank,
    /// The prompt has more characters than `limit`.
    #[error("must be at most {limit} characters")]
    PromptTooLong {
        /// The most characters allowed.
        limit: usize,
    },
    /// There is no model of that name.
    #[error("must name one of the models listed at /api/v1/models")]
    ModelUnknown,
    /// `max_tokens` is 0 or above [`MAX_TOKENS`].
    #[error("must be an integer from 1 to {MAX_TOKENS}")]
    MaxTokensOutOfRange,
}

impl InputError {
    /// The field of the request that is at fault.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::PromptBlank | Self::PromptTooLong { .. } => "prompt",
            Self::ModelUnknown => "model",
            Self::MaxTokensOutOfRange => "max_tokens",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InputError, MaxTokens, Prompt};

    #[test]
    fn a_prompt_is_measured_in_characters() {
        let check = |text: &str, expected: Result<(), InputError>| {
            assert_eq!(Prompt::new(text, 3).map(|_| ()), expected, "{text:?}");
        };
        check("a", Ok(()));
        check("abc", Ok(()));
        check("äöü", Ok(()));
        check("🦀🦀🦀", Ok(()));
        check("abcd", Err(InputError::PromptTooLong { limit: 3 }));
        check("   \u{a0}", Err(InputError::PromptBlank));
        check("", Err(InputError::PromptBlank));
        check(" \n\t", Err(InputError::PromptBlank));
    }

    #[test]
    fn max_tokens_has_both_bounds() {
        let check =
            |count: u64, expected: bool| assert_eq!(MaxTokens::new(count).is_ok(), expected, "{count}");
        check(0, false);
        check(1, true);
        check(512, true);
        check(513, false);
        check(65_536 + 1, false);
        check(u64::MAX, false);
        assert_eq!(MaxTokens::default().get(), 64);
    }

    #[test]
    fn every_error_names_its_field_and_its_rule() {
        let check = |error: InputError, expected: &str| {
            assert_eq!(format!("{} {error}", error.field()), expected);
        };
        check(InputError::PromptBlank, "prompt must contain at least one visible character");
        check(InputError::PromptTooLong { limit: 10_000 }, "prompt must be at most 10000 characters");
        check(InputError::ModelUnknown, "model must name one of the models listed at /api/v1/models");
        check(InputError::MaxTokensOutOfRange, "max_tokens must be an integer from 1 to 512");
    }
}
