//! Which source a token was taken from.

use std::fmt;
use std::path::PathBuf;

/// The source of a token, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `--auth-bearer-token`.
    Flag,
    /// The file named by `--auth-bearer-token-file`.
    FlagFile(PathBuf),
    /// The variable `DEEPAAS_AUTH_BEARER_TOKEN`.
    Environment,
    /// The file named by the variable `DEEPAAS_AUTH_BEARER_TOKEN_FILE`.
    EnvironmentFile(PathBuf),
    /// The INI file.
    ConfigFile(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--auth-bearer-token"),
            Self::FlagFile(path) => write!(f, "--auth-bearer-token-file {}", path.display()),
            Self::Environment => f.write_str("DEEPAAS_AUTH_BEARER_TOKEN"),
            Self::EnvironmentFile(path) => write!(f, "DEEPAAS_AUTH_BEARER_TOKEN_FILE={}", path.display()),
            Self::ConfigFile(path) => write!(f, "{}: [DEFAULT] auth_bearer_token", path.display()),
        }
    }
}
