//! Why a store cannot decide.

use std::{error::Error, fmt};

/// Why a store cannot decide.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kept a store from deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or does not answer in time.
    #[error("the rate limit store is unavailable")]
    Unavailable,
    /// It has no room for what must not be forgotten.
    #[error("the rate limit store is full")]
    Full,
    /// The call breaks the port's rules: more than eight charges, one counter twice, or a receipt of other charges.
    #[error("the rate limit store was called in a way that it does not allow")]
    InvalidCall,
    /// It answered with something that makes no sense.
    #[error("the rate limit store answered nonsense")]
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
        self.source = Some(source.into());
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
