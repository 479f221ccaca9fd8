//! Mistakes in the settings.

use super::origin::Origin;
use std::io;
use std::path::PathBuf;

/// A reason not to start: it names the place, never the value found there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A token that is set, but to nothing.
    #[error("{0}: set but empty or blank; remove the setting to serve without a token")]
    Blank(Origin),
    /// White space or a newline before or after the token.
    #[error("{0}: white space or a newline around the token")]
    Padded(Origin),
    /// A character outside the `b64token` of RFC 6750 §2.1: no client could ever send this token.
    #[error(
        "{0}: only letters, digits, and -._~+/ can stand in a bearer token, with = at its end (RFC 6750)"
    )]
    Unsendable(Origin),
    /// A setting that should name a file and names none.
    #[error("{0}: names no file")]
    NoPath(&'static str),
    /// A named file that cannot be read.
    #[error("{setting} {}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The setting that names the file.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::ErrorKind,
    },
    /// A line of the INI file that is no section, no setting and no comment.
    #[error("{}:{line}: not a [section], a `key = value` or a comment", path.display())]
    Syntax {
        /// The INI file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The token in a section where nobody would look for it.
    #[error("{}: auth_bearer_token stands outside [DEFAULT], where it has no effect", .0.display())]
    OutsideDefault(PathBuf),
    /// The token given twice in one file.
    #[error("{}: auth_bearer_token is given more than once", .0.display())]
    Repeated(PathBuf),
}
