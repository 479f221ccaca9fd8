//! Why a store cannot answer.

use std::{error::Error, fmt, sync::Arc};

/// Why a store of this crate cannot answer; cheap to clone, so that all who wait for one answer get it.
///
/// Whoever asked whether a token holds answers 503: what cannot be told is never taken for good.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What kept a store from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or does not answer in time. A change may have been made.
    #[error("the store is unavailable")]
    Unavailable,
    /// What was to be changed was changed by somebody else, is there already, or is not there. Nothing was changed.
    #[error("it was changed by somebody else, is there already, or is not there")]
    Conflict,
    /// It holds as much as it may, and all of it is still needed. Nothing was changed.
    #[error("the store is full")]
    Full,
    /// A change breaks a bound of the port. Nothing was changed.
    #[error("the store was asked for something that it does not allow")]
    Invalid,
    /// It holds something that makes no sense.
    #[error("the store answered nonsense")]
    Corrupt,
}

impl StoreError {
    /// An error without a cause of its own.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause, for logs.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl From<StoreErrorKind> for StoreError {
    fn from(kind: StoreErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
