//! What the settings came to.

use super::origin::Origin;
use super::token::Token;
use std::fmt;

/// Whether there is a token, and where it was found.
#[derive(Debug, Clone)]
pub enum TokenChoice {
    /// No source is set: every endpoint is open.
    Unset,
    /// The model endpoints need this token.
    Set {
        /// The token.
        token: Token,
        /// The source it was taken from.
        origin: Origin,
    },
}

impl TokenChoice {
    /// What the operator should read at start although it is allowed.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        match self {
            Self::Set { origin: Origin::Flag, .. } => vec![Warning::TokenInProcessList],
            Self::Unset | Self::Set { .. } => Vec::new(),
        }
    }
}

/// A choice that works and is unwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The token stands on the command line.
    TokenInProcessList,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenInProcessList => f.write_str(
                "--auth-bearer-token: visible to every user of the machine in the process list; \
                 prefer --auth-bearer-token-file",
            ),
        }
    }
}
