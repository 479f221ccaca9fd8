//! Limits as a stack declares them.

use crate::{
    counters::Counters,
    outer::{ADDRESS, PRINCIPAL},
};
use palisade_core::By;
use palisade_limit::{LimitError, RateLimit};

/// A limit given to a stack: quotas in words, or a limiter made by hand.
#[derive(Clone, Debug)]
pub struct Declared(Form);

#[derive(Clone, Debug)]
enum Form {
    Words(String),
    Made(RateLimit),
}

impl Declared {
    pub(crate) fn address(self, counters: &Counters) -> Result<RateLimit, LimitError> {
        self.by(ADDRESS, By::client(), counters)
    }

    pub(crate) fn principal(self, counters: &Counters) -> Result<RateLimit, LimitError> {
        self.by(PRINCIPAL, By::principal().or(By::client()), counters)
    }

    fn by(self, name: &str, by: By, counters: &Counters) -> Result<RateLimit, LimitError> {
        match self.0 {
            Form::Words(words) => counters.limit(name, &words, by),
            Form::Made(limit) => Ok(limit),
        }
    }
}

impl From<&str> for Declared {
    fn from(words: &str) -> Self {
        Self(Form::Words(words.to_owned()))
    }
}

impl From<String> for Declared {
    fn from(words: String) -> Self {
        Self(Form::Words(words))
    }
}

impl From<RateLimit> for Declared {
    fn from(limit: RateLimit) -> Self {
        Self(Form::Made(limit))
    }
}
