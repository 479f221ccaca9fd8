//! Why an act on users was not done.

use crate::{
    login::{error::LoginError, fate::Fate},
    store_error::StoreError,
};
use palisade_core::{Denial, DenialKind};
use serde_json::{Value, json};
use std::fmt;

/// Why an act on users was not done. As a [`Denial`] it is what the management API answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UsersError {
    /// What was asked for cannot be; all mistakes at once.
    Invalid(Vec<Mistake>),
    /// A rule forbids it.
    Refused(UserRule),
    /// There is no such user.
    NotFound,
    /// The user is not at the version that the caller has seen.
    Stale,
    /// It could not be done.
    Failed(LoginError),
}

/// One thing that is wrong with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, as a JSON Pointer in a fragment (RFC 6901 §6): `#/roles/0`.
    pub pointer: String,
    /// What, in words for the caller.
    pub detail: String,
}

/// Which rule refused an act on users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserRule {
    /// The caller may not administer users.
    MayNot,
    /// The caller would grant what they do not have, or take over a user who has more.
    Escalation,
    /// Nobody could administer users any more.
    LastAdministrator,
    /// The name is taken.
    NameTaken,
    /// Others kept changing the user.
    ChangedMeanwhile,
}

impl Mistake {
    /// Something wrong at a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl UserRule {
    /// One word for logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MayNot => "insufficient_scope",
            Self::Escalation => "escalation",
            Self::LastAdministrator => "last_administrator",
            Self::NameTaken => "name_taken",
            Self::ChangedMeanwhile => "changed_meanwhile",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::MayNot => "Permission denied",
            Self::Escalation => "Nobody can grant permissions that they do not have",
            Self::LastAdministrator => "This is the last user who may administer users",
            Self::NameTaken => "The user name is taken",
            Self::ChangedMeanwhile => "The user was changed by others at the same time",
        }
    }

    const fn kind(self) -> DenialKind {
        match self {
            Self::MayNot | Self::Escalation => DenialKind::Forbidden,
            Self::LastAdministrator | Self::NameTaken | Self::ChangedMeanwhile => DenialKind::Conflict,
        }
    }
}

impl UsersError {
    /// One word for logs.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_request",
            Self::Refused(rule) => rule.reason(),
            Self::NotFound => "user_not_found",
            Self::Stale => "stale_version",
            Self::Failed(error) => error.reason(),
        }
    }
}

impl UsersError {
    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Failed(error) => error.fate(),
            error => Fate::Unmade(error.reason()),
        }
    }
}

impl From<StoreError> for UsersError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<LoginError> for UsersError {
    fn from(error: LoginError) -> Self {
        Self::Failed(error)
    }
}

impl From<UsersError> for Denial {
    fn from(error: UsersError) -> Self {
        match error {
            UsersError::Invalid(mistakes) => {
                let told = mistakes.iter().map(|it| json!({ "detail": it.detail, "pointer": it.pointer }));
                Self::new(DenialKind::Invalid).with_details(Value::Array(told.collect()))
            }
            UsersError::Refused(rule) => {
                Self::new(rule.kind()).because(rule.reason()).with_message(rule.message())
            }
            UsersError::NotFound => Self::new(DenialKind::NotFound).because("user_not_found"),
            UsersError::Stale => Self::new(DenialKind::PreconditionFailed).because("stale_version"),
            UsersError::Failed(error) => error.into(),
        }
    }
}

impl fmt::Display for UsersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(mistakes) => {
                f.write_str("the request is invalid")?;
                mistakes.iter().try_for_each(|it| write!(f, "; {}: {}", it.pointer, it.detail))
            }
            Self::Refused(rule) => f.write_str(rule.message()),
            Self::NotFound => f.write_str("there is no such user"),
            Self::Stale => f.write_str("the user is not at the version that was given"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UsersError {}
