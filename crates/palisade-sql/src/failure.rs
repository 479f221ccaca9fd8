//! Why a statement came to nothing.

use palisade_apikey::{StoreError, StoreErrorKind};
use std::io;

/// Why a statement came to nothing.
///
/// It tells codes and never what a database says in words: those may hold values, names of hosts, and SQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the record is there already, is not there, or has another version")]
    Conflict,
    #[error("a record holds more than a store takes")]
    Invalid,
    #[error("a stored record makes no sense at `{0}`")]
    Corrupt(&'static str),
    #[error("the database answered with code {0}")]
    Code(String),
    #[error("the file is damaged, as the database says with code {0}")]
    Damaged(String),
    #[error("the connection broke: {0}")]
    Broken(io::ErrorKind),
    #[error("no connection was free in time, or none could be made")]
    NoConnection,
    #[error("the database did not answer in time")]
    TimedOut,
    #[error("too many operations are waiting for the database")]
    Full,
    #[error("the store must be used inside a tokio runtime")]
    NoRuntime,
    #[error("the database was not reached since the start")]
    NotReady,
    #[error("the schema of the database is newer than this program")]
    Newer,
    #[error("the driver of the database failed: {0}")]
    Driver(&'static str),
}

impl Failure {
    pub(crate) const fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Conflict => StoreErrorKind::Conflict,
            Self::Invalid => StoreErrorKind::Invalid,
            Self::Corrupt(_) | Self::Damaged(_) => StoreErrorKind::Corrupt,
            Self::Code(_)
            | Self::Broken(_)
            | Self::NoConnection
            | Self::TimedOut
            | Self::Full
            | Self::NoRuntime
            | Self::NotReady
            | Self::Newer
            | Self::Driver(_) => StoreErrorKind::Unavailable,
        }
    }

    /// Whether it is only the connection that is lost, so that a read may be asked again on another one.
    pub(crate) fn is_reset(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            // The server shuts down, crashed, or is starting.
            Self::Code(code) => matches!(code.as_str(), "57P01" | "57P02" | "57P03" | "08006" | "08003"),
            _ => false,
        }
    }

    /// Whether a read may be asked once more on another connection. A connection that ends in the middle of a message reads as
    /// broken grammar.
    pub(crate) fn is_worth_asking_again(&self) -> bool {
        self.is_reset() || *self == Self::Driver(GRAMMAR)
    }

    /// Whether somebody else has the file locked (SQLite).
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Code(code) => code.len() < 5 && code.parse::<u32>().is_ok_and(|code| code & 0xff == 5),
            _ => false,
        }
    }

    /// Whether nobody can be reached at the moment.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.is_reset() || matches!(self, Self::NoConnection | Self::TimedOut)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind()).with_source(failure)
    }
}

#[cfg(feature = "jwt")]
impl From<Failure> for palisade_jwt::StoreError {
    fn from(failure: Failure) -> Self {
        use palisade_jwt::StoreErrorKind as Kind;
        let kind = match failure.kind() {
            StoreErrorKind::Conflict => Kind::Conflict,
            StoreErrorKind::Invalid => Kind::Invalid,
            StoreErrorKind::Corrupt => Kind::Corrupt,
            _ => Kind::Unavailable,
        };
        Self::new(kind).with_source(failure)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error;
        match error {
            Error::Database(error) => match error.code() {
                Some(code) => of_code(&code),
                None => Self::Driver("an error without a code"),
            },
            Error::Io(error) => Self::Broken(error.kind()),
            Error::PoolTimedOut | Error::PoolClosed => Self::NoConnection,
            Error::ColumnDecode { .. } | Error::Decode(_) => Self::Corrupt("column"),
            Error::ColumnIndexOutOfBounds { .. } | Error::ColumnNotFound(_) | Error::TypeNotFound { .. } => {
                Self::Corrupt("columns")
            }
            Error::RowNotFound => Self::Corrupt("rows"),
            Error::Protocol(_) => Self::Driver(GRAMMAR),
            Error::Tls(_) => Self::Driver("TLS was refused"),
            Error::WorkerCrashed => Self::Driver("its thread ended"),
            Error::Configuration(_) => Self::Driver("configuration"),
            _ => Self::Driver("unexpected"),
        }
    }
}

const GRAMMAR: &str = "the server does not speak the protocol";

fn of_code(code: &str) -> Failure {
    // SQLite counts extended codes in the higher bytes.
    if let Ok(number) = code.parse::<u32>()
        && code.len() < 5
    {
        return match number {
            // Unique, also of a primary key.
            2067 | 1555 => Failure::Conflict,
            number if matches!(number & 0xff, 11 | 26) => Failure::Damaged(code.to_owned()),
            _ => Failure::Code(code.to_owned()),
        };
    }
    match code {
        // Unique, serialization, deadlock: somebody else came first, and nothing was changed.
        "23505" | "40001" | "40P01" => Failure::Conflict,
        // Damaged data and indexes.
        "XX001" | "XX002" => Failure::Damaged(code.to_owned()),
        _ => Failure::Code(code.chars().filter(char::is_ascii_alphanumeric).take(8).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kinds() {
        let check = |code, expected| assert_eq!(of_code(code).kind(), expected, "{code}");
        check("23505", StoreErrorKind::Conflict);
        check("40P01", StoreErrorKind::Conflict);
        check("25006", StoreErrorKind::Unavailable);
        check("57P01", StoreErrorKind::Unavailable);
        check("5", StoreErrorKind::Unavailable);
        check("8", StoreErrorKind::Unavailable);
        check("11", StoreErrorKind::Corrupt);
        check("267", StoreErrorKind::Corrupt);
        check("779", StoreErrorKind::Corrupt);
        check("26", StoreErrorKind::Corrupt);
        check("3850", StoreErrorKind::Unavailable);
        check("2067", StoreErrorKind::Conflict);
        check("1555", StoreErrorKind::Conflict);
        check("XX002", StoreErrorKind::Corrupt);
    }

    #[test]
    fn only_lost_connections_are_asked_again() {
        for code in ["57P01", "57P02", "57P03", "08006"] {
            assert!(of_code(code).is_reset(), "{code}");
        }
        for code in ["25006", "57014", "42501", "23505"] {
            assert!(!of_code(code).is_reset(), "{code}");
        }
        assert!(Failure::from(sqlx::Error::Io(io::ErrorKind::ConnectionReset.into())).is_reset());
        assert!(!Failure::TimedOut.is_reset());
    }

    #[test]
    fn a265_words_of_the_database_are_not_repeated() {
        let said = sqlx::Error::Protocol("canary postgres://u:canary@host".to_owned());
        let error = StoreError::from(Failure::from(said));
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}
