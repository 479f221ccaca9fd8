//! What may be told of a value.

use crate::redact::Redactor;
use palisade_core::ScopeSet;
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// What may be told of a value before or after a change: numbers, flags, the program's own words, scopes, and ids. There is no way
/// from a text of somebody else into it but [`id`](Self::id), which masks what looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shown(Value);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Flag(bool),
    Number(Number),
    Text(Box<str>),
    Words(Vec<Box<str>>),
}

impl Shown {
    /// That there is a value, and nothing of it.
    #[must_use]
    pub fn hidden() -> Self {
        Self(Value::Text("[hidden]".into()))
    }

    /// A number with a fraction; hidden where it is none.
    #[must_use]
    pub fn decimal(value: f64) -> Self {
        Number::from_f64(value).map_or_else(Self::hidden, |number| Self(Value::Number(number)))
    }

    /// An id, hint or name that is no secret: at most 256 bytes, and what looks like a secret or an e-mail address is masked.
    #[must_use]
    pub fn id(id: &str) -> Self {
        Self(Value::Text(told(&Redactor::new(), id)))
    }

    /// Words of the program.
    #[must_use]
    pub fn words(words: &[&'static str]) -> Self {
        Self(Value::Words(words.iter().map(|word| (*word).into()).collect()))
    }
}

/// Text of somebody else: masked, without what could break a line, and bounded.
pub(super) fn told(redactor: &Redactor, text: &str) -> Box<str> {
    let text: String =
        text.chars().filter(|sign| !crate::escape::is_hidden(*sign)).take(crate::escape::LONGEST).collect();
    redactor.redact(&text).into()
}

impl From<bool> for Shown {
    fn from(value: bool) -> Self {
        Self(Value::Flag(value))
    }
}

impl From<u64> for Shown {
    fn from(value: u64) -> Self {
        Self(Value::Number(value.into()))
    }
}

impl From<i64> for Shown {
    fn from(value: i64) -> Self {
        Self(Value::Number(value.into()))
    }
}

impl From<&'static str> for Shown {
    fn from(word: &'static str) -> Self {
        Self(Value::Text(word.into()))
    }
}

/// At most 64 are told.
impl From<&ScopeSet> for Shown {
    fn from(scopes: &ScopeSet) -> Self {
        Self(Value::Words(scopes.iter().take(64).map(|scope| scope.as_str().into()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a279_what_ends_a_line_or_turns_its_direction_is_left_out() {
        let text = told(&Redactor::new(), "a\n\u{2028}b\u{1b}[2J\u{202e}c\u{200b}\u{feff}\u{e0041}d");
        assert_eq!(&*text, "ab[2Jcd");
        assert_eq!(&*told(&Redactor::new(), "Bea\u{200b}rer abc"), "Bearer [redacted]");
    }
}
