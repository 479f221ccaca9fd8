//! What is kept of a password.

use super::stored::{MAX_TEXT, Stored, Unusable};
use std::fmt;

/// What is kept of a password: the text of a hash with its parameters, never printed.
///
/// New ones are Argon2id in PHC form. Read are also Argon2i and Argon2d, scrypt and PBKDF2 (PHC, and as passlib writes it), PBKDF2 as
/// Django writes it, and bcrypt (`$2a$`, `$2b$`, `$2y$`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Box<str>);

impl PasswordHash {
    /// The longest text that is kept, in bytes.
    pub const MAX_LEN: usize = MAX_TEXT;

    /// A text as a store has it, whatever it says: what is unusable is found out, and told, when somebody logs in.
    #[must_use]
    pub fn stored(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// A hash that another system made, for a user who is moved here. It is replaced by ours at the first login.
    ///
    /// # Errors
    ///
    /// Where it is of no known kind, asks for more than is ever computed (128 MiB), or is too weak to be taken over: bcrypt below cost 10,
    /// scrypt below 2^17 × 8, PBKDF2 below 600,000 rounds of SHA-256 or 210,000 of SHA-512, Argon2 below [`HashCost::new`](super::HashCost::new).
    pub fn imported(text: &str) -> Result<Self, Unusable> {
        let hash = Self::dangerous_weak_import(text)?;
        if Stored::parse(text)?.is_enough() { Ok(hash) } else { Err(Unusable::TooWeak) }
    }

    /// As [`imported`](Self::imported), whatever little it costs to guess at it.
    ///
    /// # Errors
    ///
    /// Where it is of no known kind, or asks for more than is ever computed.
    pub fn dangerous_weak_import(text: &str) -> Result<Self, Unusable> {
        Stored::parse(text).map(|_| Self(text.into()))
    }

    /// The text, for the store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
