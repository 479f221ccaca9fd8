//! What can be wrong with declarations.

use crate::verb::Verb;
use std::{error::Error, fmt};

/// All mistakes of a set of routes, at once.
#[derive(Clone, PartialEq, Eq)]
pub struct RouteErrors(Vec<RouteError>);

impl RouteErrors {
    pub(crate) fn check(errors: Vec<RouteError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// The mistakes, in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = &RouteError> {
        self.0.iter()
    }
}

impl fmt::Display for RouteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the routes cannot be built:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns the error prints.
impl fmt::Debug for RouteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for RouteErrors {}

/// A mistake, and the path where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct RouteError {
    path: String,
    kind: RouteErrorKind,
}

impl RouteError {
    pub(crate) fn new(path: impl Into<String>, kind: RouteErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    /// The path as it was declared, with all prefixes.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &RouteErrorKind {
        &self.kind
    }
}

/// What is wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteErrorKind {
    /// The path is no template.
    #[error("not a path: {0}")]
    InvalidPath(String),
    /// Routes were nested, or a service mounted, where that cannot be.
    #[error("not a prefix: {0}")]
    InvalidPrefix(&'static str),
    /// Two handlers answer one method at one path.
    #[error("{0} is declared twice")]
    Duplicate(Verb),
    /// Two templates match the same paths, so that it is undecided whose policy holds.
    #[error("matches the same paths as `{0}`")]
    Conflict(String),
    /// Two handlers, or mounts at the root, want all undeclared paths.
    #[error("there is a fallback, or a mount at the root, already")]
    TwoFallbacks,
    /// Nested routes have a fallback.
    #[error(
        "nested routes cannot have a fallback: declare `.route(\"/{{*rest}}\", any(handler)…)` in them instead"
    )]
    NestedFallback,
    /// The words of a limit say nothing.
    #[error("limit `{quotas}`: {reason}")]
    Limit {
        /// The words.
        quotas: String,
        /// What is wrong with them.
        reason: String,
    },
    /// A limit was declared, and nobody made a limiter of it.
    #[error("limit `{0}`: nobody counts: put the routes behind a stack, or call `limits_with` first")]
    LimitNotMade(String),
}
