//! Limits as a stack declares them.

use crate::{
    counters::Counters,
    outer::{ADDRESS, PRINCIPAL},
};
use palisade_core::By;
use palisade_limit::{LimitError, Plans, RateLimit};

/// A limit given to a stack: quotas in words, quotas by plan, or a limiter made by hand.
///
/// Plans count callers by the lineage of their credential, so that a key that was rotated goes on where the one before was.
#[derive(Clone, Debug)]
pub struct Declared(Form);

#[derive(Clone, Debug)]
enum Form {
    Words(String),
    Plans(Plans),
    Made(RateLimit),
}

impl Declared {
    pub(crate) fn address(self, counters: &Counters) -> Result<RateLimit, LimitError> {
        self.by(ADDRESS, By::client(), By::client(), counters)
    }

    pub(crate) fn principal(self, counters: &Counters) -> Result<RateLimit, LimitError> {
        let (principal, lineage) = (By::principal().or(By::client()), By::lineage().or(By::client()));
        self.by(PRINCIPAL, principal, lineage, counters)
    }

    fn by(self, name: &str, by: By, of_plans: By, counters: &Counters) -> Result<RateLimit, LimitError> {
        match self.0 {
            Form::Words(words) => counters.limit(name, &words, by),
            Form::Plans(plans) => Ok(counters.kept(name, RateLimit::plans(name, plans, of_plans)?)),
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

impl From<Plans> for Declared {
    fn from(plans: Plans) -> Self {
        Self(Form::Plans(plans))
    }
}

impl From<RateLimit> for Declared {
    fn from(limit: RateLimit) -> Self {
        Self(Form::Made(limit))
    }
}
