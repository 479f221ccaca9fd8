//! Words of bounded length.

pub use palisade_core::{InvalidText, Text};
use std::{fmt, str::FromStr};

/// The name of a set of permissions.
pub type RoleName = Text<64>;
/// The name of a profile of limits.
pub type PlanName = Text<64>;

/// An e-mail address, as far as this needs to know: it has an at sign with something around it. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Text<254>);

impl Email {
    /// The address.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let address: Text<254> = text.parse().map_err(|_| InvalidEmail(()))?;
        let around = text.rsplit_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        if around && !text.contains(char::is_whitespace) { Ok(Self(address)) } else { Err(InvalidEmail(())) }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address has at most 254 bytes, no white space, and an at sign with something around it")]
pub struct InvalidEmail(());
