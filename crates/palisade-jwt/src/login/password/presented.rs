//! A password as somebody typed it.

use palisade_core::Secret;
use std::fmt;

/// A password as somebody typed it: 1 to 1,024 bytes, all of them significant.
///
/// Nothing is normalised, trimmed or folded: what was typed is what is compared, spaces, emoji and NUL included. Whoever types
/// an `é` as one character and as two has typed two passwords.
///
/// ```
/// use palisade_jwt::login::Password;
///
/// let password = Password::new("correct horse battery staple")?;
/// assert_eq!(format!("{password:?}"), "[REDACTED]");
/// assert!(Password::new("x".repeat(1_025)).is_err());
/// # Ok::<(), palisade_jwt::login::InvalidPassword>(())
/// ```
#[derive(Clone)]
pub struct Password {
    bytes: Secret,
    chars: usize,
}

impl Password {
    /// The longest password, in bytes.
    pub const MAX_LEN: usize = 1_024;

    /// Takes a password.
    ///
    /// # Errors
    ///
    /// Where it is empty or longer than [`MAX_LEN`](Self::MAX_LEN).
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPassword> {
        let text = text.into();
        let (len, chars) = (text.len(), text.chars().count());
        // Wiped also where it is refused.
        let bytes = Secret::new(text);
        if (1..=Self::MAX_LEN).contains(&len) { Ok(Self { bytes, chars }) } else { Err(InvalidPassword(())) }
    }

    /// Its bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// How many characters it has.
    #[must_use]
    pub const fn chars(&self) -> usize {
        self.chars
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The text is no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has 1 to 1024 bytes")]
pub struct InvalidPassword(());
