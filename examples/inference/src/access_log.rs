//! A line for every request.

use palisade::{AccessLog, Secret, observe::AccessLogError};
use serde::{Deserialize, Serialize};
use std::io::{self, IsTerminal as _};

/// How requests are logged on the standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLogForm {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
    /// Not at all.
    Off,
}

impl AccessLogForm {
    /// For people on a terminal, and for machines where it is collected.
    #[must_use]
    pub fn usual() -> Self {
        if io::stdout().is_terminal() { Self::Text } else { Self::Json }
    }

    /// The log, where there is to be one. By this secret it tells e-mail addresses as the audit log does.
    ///
    /// # Errors
    ///
    /// Where there is no thread for it, or no randomness.
    pub fn open(self, pseudonyms: &Secret) -> Result<Option<AccessLog>, AccessLogError> {
        let builder = match self {
            Self::Text => AccessLog::text(io::stdout()),
            Self::Json => AccessLog::json(io::stdout()),
            Self::Off => return Ok(None),
        };
        builder.pseudonyms(pseudonyms).build().map(Some)
    }
}
