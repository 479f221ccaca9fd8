//! Text that must not be printed.

use std::fmt;

/// Text whose `Debug` shows nothing. It has no `Display`, and no `==`, which would tell by its duration how much agrees.
#[derive(Clone)]
pub struct Redacted(String);

impl Redacted {
    /// The text itself, for the place that must have it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Redacted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
