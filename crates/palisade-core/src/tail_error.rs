//! Why a body did not come to its end.

use std::{error::Error, fmt};

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a [`TailBody`](crate::TailBody) ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TailError<E> {
    /// The body inside failed.
    Inner(E),
    /// Nobody had read it for so long that its place was given to another request.
    Unread,
}

impl<E: fmt::Display> fmt::Display for TailError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inner(error) => error.fmt(f),
            Self::Unread => Unread.fmt(f),
        }
    }
}

/// What it is to servers and layers, which ask errors what is inside them: the inner error stays what it was.
impl<E: Into<Self>> From<TailError<E>> for BoxError {
    fn from(error: TailError<E>) -> Self {
        match error {
            TailError::Inner(error) => error.into(),
            TailError::Unread => Box::new(Unread),
        }
    }
}

#[derive(Debug)]
struct Unread;

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody read the response for too long")
    }
}

impl Error for Unread {}
