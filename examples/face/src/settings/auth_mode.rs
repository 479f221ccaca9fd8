//! How far the move from open to closed has gone.

use serde::Serialize;
use std::str::FromStr;

/// Who is asked for a token, and what happens without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// Nobody is asked: every endpoint is open, as it was before there were tokens.
    Off,
    /// Everybody is asked and nobody refused: who would be is logged, counted and listed.
    Observe,
    /// Who does not bring a good token is refused.
    Enforce,
}

impl FromStr for AuthMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "observe" => Ok(Self::Observe),
            // Which credentials are taken is said by those that are declared; the settings see to it that an issuer is.
            "enforce" | "jwt" => Ok(Self::Enforce),
            _ => Err("not a mode; write off, observe, enforce or jwt"),
        }
    }
}
