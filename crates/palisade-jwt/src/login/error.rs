//! Why there is no token.

use super::password::{HashingError, WeakPassword};
use crate::{issuer::MintError, store_error::StoreError};
use palisade_core::{Challenge, Denial, DenialKind, Unrecorded};
use serde_json::json;
use std::{fmt, sync::Arc};

/// Why there is no token. As a [`Denial`] it is what the routes answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// What was presented does not hold; the event tells why, and nobody else learns it.
    Refused,
    /// Too many guesses, or it cannot be told: 429 or 503.
    Throttled(Denial),
    /// The new password may not be chosen.
    Weak(WeakPassword),
    /// A store cannot answer.
    Store(StoreError),
    /// The password could not be looked at.
    Hashing(HashingError),
    /// No token can be issued at the moment.
    NotIssued(Arc<MintError>),
    /// The operating system gives no randomness.
    NoRandomness,
    /// Nobody can take note of the change.
    Unrecorded {
        /// Whether it was made all the same.
        done: bool,
        /// Why not.
        cause: Unrecorded,
    },
    /// Too many acts are under way.
    Busy,
    /// The act broke; whether it was done is not known.
    Broken,
}

impl LoginError {
    /// One word for logs.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused => "login_refused",
            Self::Throttled(denial) => denial.reason(),
            Self::Weak(weak) => weak.reason(),
            Self::Store(_) => "login_store_unavailable",
            Self::Hashing(HashingError::Busy) => "hashing_busy",
            Self::Hashing(_) => "hashing_failed",
            Self::NotIssued(_) => "token_not_issued",
            Self::NoRandomness => "no_randomness",
            Self::Unrecorded { done: false, .. } => "audit_unavailable",
            Self::Unrecorded { done: true, .. } => "done_unrecorded",
            Self::Busy => "login_busy",
            Self::Broken => "login_broken",
        }
    }

    fn kind(&self) -> DenialKind {
        match self {
            Self::Refused => DenialKind::Unauthenticated,
            Self::Throttled(denial) => denial.kind(),
            Self::Weak(_) => DenialKind::Invalid,
            Self::Hashing(HashingError::Busy) | Self::Busy => DenialKind::Overloaded,
            Self::Store(_)
            | Self::Hashing(_)
            | Self::NotIssued(_)
            | Self::NoRandomness
            | Self::Unrecorded { .. } => DenialKind::Unavailable,
            Self::Broken => DenialKind::Internal,
        }
    }
}

impl From<StoreError> for LoginError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<HashingError> for LoginError {
    fn from(error: HashingError) -> Self {
        Self::Hashing(error)
    }
}

impl From<LoginError> for Denial {
    fn from(error: LoginError) -> Self {
        let denial = Self::new(error.kind()).because(error.reason());
        match error {
            LoginError::Refused => {
                let denial = denial.with_message("Invalid credentials");
                match Challenge::new("Bearer", "api") {
                    Ok(challenge) => denial.with_challenges(challenge.into()),
                    Err(_) => denial,
                }
            }
            LoginError::Throttled(denial) => denial,
            LoginError::Weak(weak) => {
                denial.with_details(json!([{ "detail": weak.to_string(), "pointer": "#/new_password" }]))
            }
            LoginError::Store(error) => denial.with_source(error),
            LoginError::Hashing(error) => denial.with_source(error),
            LoginError::NotIssued(error) => denial.with_source(error),
            LoginError::Unrecorded { done, cause } => {
                let denial = denial.with_details(json!({ "kind": "audit_unavailable", "done": done }));
                denial.with_message(unrecorded(done)).with_source(cause)
            }
            LoginError::NoRandomness | LoginError::Busy | LoginError::Broken => denial,
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("what was presented does not hold"),
            Self::Throttled(denial) => denial.fmt(f),
            Self::Weak(weak) => weak.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Hashing(error) => error.fmt(f),
            Self::NotIssued(error) => error.fmt(f),
            Self::Unrecorded { done, cause } => write!(f, "{}: {cause}", unrecorded(*done)),
            Self::NoRandomness => f.write_str("there is no randomness"),
            Self::Busy => f.write_str("too many acts are under way"),
            Self::Broken => f.write_str("an act broke"),
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

impl std::error::Error for LoginError {}
