//! What may be shown of a key.

use std::{fmt, str::FromStr};

/// Enough of a key for its owner to recognise it: `acme_live_…9fQz`. The four characters at its end are of the checksum, so
/// nothing of the secret is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Hint(Box<str>);

impl Hint {
    /// The longest one, in bytes.
    pub const MAX: usize = 64;

    pub(crate) fn new(head: &str, tail: &[u8]) -> Self {
        let end: String = tail.iter().map(|byte| char::from(*byte)).collect();
        Self(format!("{head}…{end}").into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hint {
    type Err = InvalidHint;

    fn from_str(text: &str) -> Result<Self, InvalidHint> {
        let shown = text.chars().all(|sign| sign == '…' || sign.is_ascii_graphic());
        // Whoever writes a whole key here would show it to everybody who may list keys.
        if shown && text.contains('…') && text.len() <= Self::MAX {
            Ok(Self(text.into()))
        } else {
            Err(InvalidHint(()))
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no hint.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a hint is at most 64 bytes of printable ASCII around one `…` that stands for the rest of the key")]
pub struct InvalidHint(());
