//! What may be changed while the service runs.

use crate::request::{MAX_TOKENS, PromptRules};
use garde::Validate;
use palisade::observe::audit::Entry;
use serde::{Deserialize, Serialize};

/// What may be changed while the service runs, and nothing else may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Tuning {
    /// The longest prompt, in characters.
    pub max_prompt: usize,
    /// How many tokens an answer has at most where a request does not say.
    pub max_tokens: u16,
    /// How many requests callers have in a minute who are on no plan.
    pub requests_per_minute: u32,
    /// How fast streams and jobs write.
    pub tokens_per_second: u32,
    /// Whether answers are kept.
    pub cache: bool,
    /// How many jobs may wait.
    pub max_queue: usize,
}

/// A change of [`Tuning`]: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TuningChange {
    /// 1 to 1,000,000.
    #[garde(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1000000)]
    pub max_prompt: Option<usize>,
    /// 1 to [`MAX_TOKENS`].
    #[garde(range(min = 1, max = MAX_TOKENS))]
    #[schema(minimum = 1, maximum = 512)]
    pub max_tokens: Option<u16>,
    /// 10 to 100,000: with fewer, whoever set it could hardly set it back.
    #[garde(range(min = 10, max = 100_000))]
    #[schema(minimum = 10, maximum = 100000)]
    pub requests_per_minute: Option<u32>,
    /// 1 to 10,000.
    #[garde(range(min = 1, max = 10_000))]
    #[schema(minimum = 1, maximum = 10000)]
    pub tokens_per_second: Option<u32>,
    /// On or off.
    #[garde(skip)]
    pub cache: Option<bool>,
    /// 0 to 1,000; with 0 no jobs are taken.
    #[garde(range(max = 1_000))]
    #[schema(minimum = 0, maximum = 1000)]
    pub max_queue: Option<usize>,
}

impl Tuning {
    /// What holds at the start, with this longest prompt.
    #[must_use]
    pub const fn new(max_prompt: usize) -> Self {
        Self {
            max_prompt,
            max_tokens: 64,
            requests_per_minute: 60,
            tokens_per_second: 50,
            cache: true,
            max_queue: 64,
        }
    }

    /// How long a prompt may be.
    #[must_use]
    pub const fn prompt_rules(&self) -> PromptRules {
        PromptRules { max_prompt: self.max_prompt }
    }

    /// With this change.
    #[must_use]
    pub fn with(&self, change: &TuningChange) -> Self {
        Self {
            max_prompt: change.max_prompt.unwrap_or(self.max_prompt),
            max_tokens: change.max_tokens.unwrap_or(self.max_tokens),
            requests_per_minute: change.requests_per_minute.unwrap_or(self.requests_per_minute),
            tokens_per_second: change.tokens_per_second.unwrap_or(self.tokens_per_second),
            cache: change.cache.unwrap_or(self.cache),
            max_queue: change.max_queue.unwrap_or(self.max_queue),
        }
    }

    /// What became different, for the audit log.
    #[must_use]
    pub fn told(&self, after: &Self) -> Entry {
        let number = |n: usize| n as u64;
        let mut entry = Entry::new("config.changed").on("config", "tuning");
        for (field, before, after) in [
            ("max_prompt", number(self.max_prompt), number(after.max_prompt)),
            ("max_tokens", self.max_tokens.into(), after.max_tokens.into()),
            ("requests_per_minute", self.requests_per_minute.into(), after.requests_per_minute.into()),
            ("tokens_per_second", self.tokens_per_second.into(), after.tokens_per_second.into()),
            ("max_queue", number(self.max_queue), number(after.max_queue)),
        ] {
            if before != after {
                entry = entry.change(field, before, after);
            }
        }
        if self.cache != after.cache { entry.change("cache", self.cache, after.cache) } else { entry }
    }
}
