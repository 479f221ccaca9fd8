//! Why there is no figure.

use http::StatusCode;
use std::{error, io};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("needs valgrind")]
    NoValgrind,
    #[error("valgrind gave no count: {0}")]
    NoCount(String),
    #[error("no case or contender is called {0:?}; see `benches list`")]
    Unknown(String),
    #[error("answered {0} where {1} is expected")]
    Status(StatusCode, StatusCode),
    #[error("answered another body than the handler's")]
    Body,
    #[error("answered without the header {0}")]
    Header(&'static str),
    #[error("did not answer at once")]
    Pending,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Setup(Box<dyn error::Error + Send + Sync>),
    #[error("{0}: {1}")]
    In(&'static str, Box<Self>),
}

impl Failure {
    /// Something could not be built.
    pub(crate) fn setup(error: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self::Setup(error.into())
    }

    /// Says which contender it was.
    pub(crate) fn of(self, contender: &'static str) -> Self {
        Self::In(contender, Box::new(self))
    }

    /// Whether something is missing on this machine, rather than wrong.
    pub(crate) fn is_missing_tool(&self) -> bool {
        match self {
            Self::NoValgrind => true,
            Self::In(_, inner) => inner.is_missing_tool(),
            _ => false,
        }
    }
}
