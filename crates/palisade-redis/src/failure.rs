//! What can go wrong with an exchange.

use palisade_limit::{StoreError, StoreErrorKind};
use redis::{ErrorKind, RedisError, ServerErrorKind};
use std::{fmt, sync::Arc};

/// Why an exchange gave no answer, and what that says about the connection and the server.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: StoreErrorKind,
    reason: Reason,
    pub(crate) connection: Fate,
    pub(crate) weight: Weight,
}

#[derive(Clone, Debug)]
enum Reason {
    Text(&'static str),
    Redis(Arc<RedisError>),
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Keep,
    /// It is in an unknown state, or leads to the wrong server.
    Replace,
}

/// How it counts against the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It is the caller's fault.
    None,
    /// Once for all exchanges that one connection took down with it.
    Connection,
    Full,
}

impl Failure {
    const fn text(reason: &'static str, kind: StoreErrorKind, connection: Fate, weight: Weight) -> Self {
        Self { kind, reason: Reason::Text(reason), connection, weight }
    }

    pub(crate) const fn timed_out() -> Self {
        Self::text("no answer in time", StoreErrorKind::Unavailable, Fate::Replace, Weight::Full)
    }

    pub(crate) const fn cannot_connect_in_time() -> Self {
        Self::text("no connection in time", StoreErrorKind::Unavailable, Fate::Replace, Weight::Full)
    }

    pub(crate) const fn not_connected() -> Self {
        Self::text("not connected", StoreErrorKind::Unavailable, Fate::Keep, Weight::Full)
    }

    /// Given up for the moment: nobody is asked, so nothing is learned.
    pub(crate) const fn given_up() -> Self {
        Self::text("given up for the moment", StoreErrorKind::Unavailable, Fate::Keep, Weight::None)
    }

    pub(crate) const fn crowded() -> Self {
        Self::text("too many calls at once", StoreErrorKind::Unavailable, Fate::Keep, Weight::None)
    }

    pub(crate) const fn no_runtime() -> Self {
        Self::text(
            "Redis is used inside a tokio runtime with I/O and time enabled",
            StoreErrorKind::Unavailable,
            Fate::Keep,
            Weight::None,
        )
    }

    /// An answer to something else, or none that the scripts give.
    pub(crate) const fn nonsense() -> Self {
        Self::text("an answer that is none of ours", StoreErrorKind::Corrupt, Fate::Replace, Weight::Full)
    }

    pub(crate) const fn invalid(reason: &'static str) -> Self {
        Self::text(reason, StoreErrorKind::InvalidCall, Fate::Keep, Weight::None)
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        use StoreErrorKind::{Corrupt, Full, InvalidCall, Unavailable};
        let (kind, connection, weight) = match error.kind() {
            ErrorKind::Server(ServerErrorKind::CrossSlot) => (InvalidCall, Fate::Keep, Weight::None),
            // Another server has the counters now; a new connection finds it.
            ErrorKind::Server(
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::ClusterDown,
            ) => (Unavailable, Fate::Replace, Weight::Full),
            ErrorKind::Server(_) | ErrorKind::Extension if error.code() == Some("OOM") => {
                (Full, Fate::Keep, Weight::Full)
            }
            // A value under one of our keys is none of ours; the server itself is well.
            ErrorKind::Server(_) | ErrorKind::Extension if error.code() == Some("CORRUPT") => {
                (Corrupt, Fate::Keep, Weight::None)
            }
            ErrorKind::Server(_) | ErrorKind::Extension => (Unavailable, Fate::Keep, Weight::Full),
            _ => (Unavailable, Fate::Replace, Weight::Connection),
        };
        Self { kind, reason: Reason::Redis(Arc::new(error)), connection, weight }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let error = Self::new(failure.kind);
        match failure.reason {
            Reason::Text(text) => error.with_source(text),
            Reason::Redis(cause) => error.with_source(cause),
        }
    }
}

#[cfg(feature = "jwt")]
impl From<Failure> for palisade_jwt::StoreError {
    fn from(failure: Failure) -> Self {
        use palisade_jwt::StoreErrorKind::{Corrupt, Full, Invalid, Unavailable};
        let error = Self::new(match failure.kind {
            StoreErrorKind::Full => Full,
            StoreErrorKind::InvalidCall => Invalid,
            StoreErrorKind::Corrupt => Corrupt,
            _ => Unavailable,
        });
        match failure.reason {
            Reason::Text(text) => error.with_source(text),
            Reason::Redis(cause) => error.with_source(cause),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Text(text) => f.write_str(text),
            Reason::Redis(error) => error.fmt(f),
        }
    }
}
