//! Why a store cannot answer.

use std::{error::Error, fmt, sync::Arc};

/// Why a store cannot answer: what kept it, in the words of its port, and the cause for logs.
///
/// Each port has its own kinds and names the whole for them. It is cheap to clone, so that all who wait for one answer get it. Whoever
/// asked answers 503: what cannot be told is never taken for good.
///
/// ```
/// use palisade_core::StoreError;
/// use std::{error::Error as _, fmt, io};
///
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Kind {
///     Unavailable,
/// }
///
/// impl fmt::Display for Kind {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         f.write_str("the store of this example is unavailable")
///     }
/// }
///
/// let error = StoreError::new(Kind::Unavailable).with_source(io::Error::from(io::ErrorKind::TimedOut));
/// assert_eq!(error.kind(), Kind::Unavailable);
/// assert_eq!(error.to_string(), "the store of this example is unavailable");
/// assert_eq!(error.source().unwrap().to_string(), "timed out");
/// ```
#[derive(Clone, Debug)]
pub struct StoreError<K> {
    kind: K,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl<K> StoreError<K> {
    /// An error without a cause of its own.
    #[must_use]
    pub const fn new(kind: K) -> Self {
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
    pub const fn kind(&self) -> K
    where
        K: Copy,
    {
        self.kind
    }
}

impl<K> From<K> for StoreError<K> {
    fn from(kind: K) -> Self {
        Self::new(kind)
    }
}

impl<K: fmt::Display> fmt::Display for StoreError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl<K: fmt::Debug + fmt::Display> Error for StoreError<K> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
