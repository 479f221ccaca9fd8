//! What is wrong with a document, in words that repeat nothing of it.

use palisade_core::{Denial, DenialKind};
use serde_json::{Value, json};
use std::borrow::Cow;

/// How many violations are told at once, at most.
pub const MAX_VIOLATIONS: usize = 50;
/// The longest message of a violation, in characters.
const MAX_MESSAGE: usize = 200;

/// One thing that is wrong, and where.
///
/// The pointer (RFC 6901) names the place and may hold names of members as they were sent; values are never repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pointer: String,
    code: &'static str,
    message: Cow<'static, str>,
}

impl Violation {
    /// A violation of a rule of the application: a JSON pointer (`/prompt`; empty for the document), a `snake_case` word and a
    /// sentence, cut after 200 characters. Do not put what was sent into the sentence.
    pub fn new(
        pointer: impl Into<String>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
            message = Cow::Owned(message.get(..end).unwrap_or_default().to_owned());
        }
        Self { pointer: pointer.into(), code, message }
    }

    /// Where it is, as a JSON pointer; the nearest place that has a name of bearable length.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What it is, in one word for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// What it is, in words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// What is wrong with a document: at most [`MAX_VIOLATIONS`], each place and code once.
///
/// As a [`Denial`] it is a 400 `VALIDATION_ERROR` whose `details` are a list of `{pointer, code, message}`.
///
/// ```
/// use palisade_core::Denial;
/// use palisade_routes::{Violation, Violations};
///
/// let violations: Violations = [Violation::new("/model", "unknown_model", "there is no such model")].into_iter().collect();
/// let denial = Denial::from(violations);
/// assert_eq!(denial.kind().code(), "VALIDATION_ERROR");
/// assert_eq!(denial.details().and_then(|details| details.pointer("/0/pointer")), Some(&"/model".into()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Adds one; nothing happens where it stands already, or where the list is full.
    pub fn push(&mut self, violation: Violation) {
        let known = |other: &Violation| other.pointer == violation.pointer && other.code == violation.code;
        if self.0.len() < MAX_VIOLATIONS && !self.0.iter().any(known) {
            self.0.push(violation);
        }
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing, where nothing is wrong.
    ///
    /// # Errors
    ///
    /// 400, where something is.
    pub fn into_result(self) -> Result<(), Denial> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.0.len() >= MAX_VIOLATIONS
    }
}

impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        violations.into_iter().for_each(|violation| self.push(violation));
    }
}

impl FromIterator<Violation> for Violations {
    fn from_iter<I: IntoIterator<Item = Violation>>(violations: I) -> Self {
        let mut list = Self::default();
        list.extend(violations);
        list
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

impl From<Violations> for Denial {
    fn from(violations: Violations) -> Self {
        let details = violations.0.iter().map(|violation| {
            json!({ "pointer": violation.pointer, "code": violation.code, "message": violation.message })
        });
        Self::new(DenialKind::Invalid).because("invalid_body").with_details(Value::Array(details.collect()))
    }
}
