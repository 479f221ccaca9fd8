//! Why a log cannot answer.

use std::{error::Error, fmt, sync::Arc};

/// Why a log cannot answer.
#[derive(Clone, Debug)]
pub struct AuditError {
    kind: AuditErrorKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What kept a log from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AuditErrorKind {
    /// It cannot be reached or written. Records may have been appended.
    #[error("the audit log is unavailable")]
    Unavailable,
    /// It was asked for something that it does not allow. Nothing was appended.
    #[error("the audit log was asked for too many entries, or for one that is too long")]
    Invalid,
    /// Another process writes it.
    #[error("another process writes this audit log: one writer at a time, or a database")]
    Locked,
    /// Its end is not where it was, or what marks it was made with another key. Nothing is appended to it.
    #[error(
        "the audit log was cut off, changed, or made with another key: keep the file, and begin a new one beside it"
    )]
    Tampered,
}

impl AuditError {
    /// An error without a cause of its own.
    #[must_use]
    pub const fn new(kind: AuditErrorKind) -> Self {
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
    pub const fn kind(&self) -> AuditErrorKind {
        self.kind
    }
}

impl From<AuditErrorKind> for AuditError {
    fn from(kind: AuditErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<std::io::Error> for AuditError {
    fn from(error: std::io::Error) -> Self {
        Self::new(AuditErrorKind::Unavailable).with_source(error)
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        self.source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl Error for AuditError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
