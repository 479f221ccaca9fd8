//! Why an act on keys was not done.

use super::rule::Rule;
use crate::{random::RandomError, store::StoreError};
use palisade_core::{Denial, DenialKind, Unrecorded};
use serde_json::{Value, json};
use std::fmt;

/// Why an act on keys was not done. As a [`Denial`] it is what the management API answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeyringError {
    /// What was asked for cannot be; all mistakes at once.
    Invalid(Vec<Mistake>),
    /// A rule forbids it.
    Refused(Rule),
    /// There is no such key for this caller.
    NotFound,
    /// The key is not at the version that the caller has seen.
    Stale,
    /// The store cannot answer.
    Unavailable(StoreError),
    /// Nobody can take note of the act.
    Unrecorded {
        /// Whether it was made all the same; a key that was made then is one that nobody has.
        done: bool,
        /// Why not.
        cause: Unrecorded,
    },
    /// Too many acts are under way.
    Busy,
    /// There is no randomness to make a key of.
    NoRandomness(RandomError),
    /// The act broke; whether it was done is not known.
    Broken,
}

/// One thing that is wrong with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, as a JSON Pointer in a fragment (RFC 6901 §6): `#/permissions/0`.
    pub pointer: String,
    /// What, in words for the caller.
    pub detail: String,
}

impl Mistake {
    /// Something wrong at a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl KeyringError {
    /// One word for logs.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_request",
            Self::Refused(rule) => rule.reason(),
            Self::NotFound => "key_not_found",
            Self::Stale => "stale_version",
            Self::Unavailable(_) => "key_store_unavailable",
            Self::Unrecorded { done: false, .. } => "audit_unavailable",
            Self::Unrecorded { done: true, .. } => "done_unrecorded",
            Self::Busy => "keyring_busy",
            Self::NoRandomness(_) => "no_randomness",
            Self::Broken => "act_broken",
        }
    }

    const fn kind(&self) -> DenialKind {
        match self {
            Self::Invalid(_) => DenialKind::Invalid,
            Self::Refused(rule) if rule.is_about_the_caller() => DenialKind::Forbidden,
            Self::Refused(_) => DenialKind::Conflict,
            Self::NotFound => DenialKind::NotFound,
            Self::Stale => DenialKind::PreconditionFailed,
            Self::Unavailable(_) | Self::NoRandomness(_) | Self::Unrecorded { .. } => DenialKind::Unavailable,
            Self::Busy => DenialKind::Overloaded,
            Self::Broken => DenialKind::Internal,
        }
    }
}

impl From<StoreError> for KeyringError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<RandomError> for KeyringError {
    fn from(error: RandomError) -> Self {
        Self::NoRandomness(error)
    }
}

impl From<KeyringError> for Denial {
    fn from(error: KeyringError) -> Self {
        let denial = Self::new(error.kind()).because(error.reason());
        match error {
            KeyringError::Refused(rule) => denial.with_message(rule.message()),
            KeyringError::Invalid(mistakes) => {
                let told = mistakes.iter().map(|it| json!({ "detail": it.detail, "pointer": it.pointer }));
                denial.with_details(Value::Array(told.collect()))
            }
            KeyringError::Unavailable(error) => denial.with_source(error),
            KeyringError::NoRandomness(error) => denial.with_source(error),
            KeyringError::Unrecorded { done, cause } => {
                let denial = denial.with_details(json!({ "kind": "audit_unavailable", "done": done }));
                denial.with_message(unrecorded(done)).with_source(cause)
            }
            _ => denial,
        }
    }
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(mistakes) => {
                f.write_str("the request is invalid")?;
                mistakes.iter().try_for_each(|it| write!(f, "; {}: {}", it.pointer, it.detail))
            }
            Self::Unavailable(error) => error.fmt(f),
            Self::NoRandomness(error) => error.fmt(f),
            Self::Unrecorded { done, cause } => write!(f, "{}: {cause}", unrecorded(*done)),
            Self::Stale => f.write_str("the key is not at the version that was given"),
            Self::NotFound => f.write_str("there is no such key"),
            Self::Busy => f.write_str("too many acts on keys are under way"),
            Self::Broken => f.write_str("an act on keys broke"),
            Self::Refused(rule) => f.write_str(rule.message()),
        }
    }
}

/// What stands.
const fn unrecorded(done: bool) -> &'static str {
    if done {
        "The change was made and cannot be recorded; look before you repeat it"
    } else {
        "Changes cannot be recorded at the moment; nothing was changed"
    }
}

impl std::error::Error for KeyringError {}
