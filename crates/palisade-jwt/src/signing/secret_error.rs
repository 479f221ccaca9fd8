//! Why a secret in the environment cannot be used.

use crate::key_error::KeyError;
use std::fmt;

/// Why a shared secret cannot sign tokens: which variable or file, and what is wrong; never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKeyError {
    pub(super) place: String,
    pub(super) fault: SecretFault,
}

/// What is wrong with a shared secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFault {
    /// There is none: a service without a secret does not start, and there is no secret to fall back on.
    #[error("it is not set")]
    NotSet,
    /// The value and the file are both given.
    #[error("it is set, and so is the variable that names its file; set one of them")]
    BothSet,
    /// It is empty, or nothing but white space.
    #[error("it is blank")]
    Blank,
    /// It begins or ends with white space, or has a line break or another control character in it.
    #[error("it has white space around it, or a control character in it")]
    Surrounded,
    /// It is longer than 1,024 bytes, or there are more than 16.
    #[error("it is longer than 1024 bytes, or there are more than 16 of them")]
    TooMuch,
    /// It is too short or can be guessed.
    #[error(transparent)]
    Weak(KeyError),
    /// Its file cannot be read.
    #[error("{0}")]
    File(String),
}

impl SecretKeyError {
    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> &SecretFault {
        &self.fault
    }
}

impl fmt::Display for SecretKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, fault } = self;
        match fault {
            // It says so itself.
            SecretFault::Weak(KeyError::ShortSecret { .. }) => write!(f, "{place}: {fault}"),
            _ => write!(f, "{place}: {fault}; make one with `openssl rand -base64 32`"),
        }
    }
}

impl std::error::Error for SecretKeyError {}
