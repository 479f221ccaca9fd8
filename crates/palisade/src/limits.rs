//! Limits as a stack declares them.

use crate::cors::is_preflight;
use http::request;
use palisade_core::{By, Denial, Facts, Guard, Reply};
use palisade_limit::{LimitError, Overload, RateLimit};

/// A limit given to a stack: quotas in words, or a limiter made by hand.
#[derive(Clone, Debug)]
pub struct Declared(Form);

#[derive(Clone, Debug)]
enum Form {
    Words(String),
    Made(RateLimit),
}

impl Declared {
    pub(crate) fn address(self) -> Result<RateLimit, LimitError> {
        self.by("address", By::client())
    }

    pub(crate) fn principal(self) -> Result<RateLimit, LimitError> {
        self.by("principal", By::principal().or(By::client()))
    }

    fn by(self, name: &str, by: By) -> Result<RateLimit, LimitError> {
        match self.0 {
            Form::Words(words) => RateLimit::new(name, words.as_str(), by),
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

/// How many requests a stack lets be in flight: a number, or an [`Overload`] made by hand.
#[derive(Clone, Debug)]
pub struct InFlightLimit(Cap);

#[derive(Clone, Debug)]
enum Cap {
    Number(u32),
    Made(Overload),
}

impl InFlightLimit {
    pub(crate) fn overload(self) -> Result<Overload, LimitError> {
        match self.0 {
            Cap::Number(limit) => Overload::new(limit),
            Cap::Made(overload) => Ok(overload),
        }
    }
}

impl From<u32> for InFlightLimit {
    fn from(limit: u32) -> Self {
        Self(Cap::Number(limit))
    }
}

impl From<Overload> for InFlightLimit {
    fn from(overload: Overload) -> Self {
        Self(Cap::Made(overload))
    }
}

/// The address limit, for the requests that CORS will answer itself.
#[derive(Clone, Debug)]
pub(crate) struct OnPreflight(pub(crate) RateLimit);

impl Guard for OnPreflight {
    type Pass = Option<<RateLimit as Guard>::Pass>;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        if is_preflight(head) {
            self.0.check(head, facts).map(|verdict| verdict.map(Some))
        } else {
            Reply::now(Ok(None))
        }
    }
}
