//! Words of bounded length.

use std::{borrow::Borrow, fmt, str::FromStr};

/// 1 to `MAX` bytes of text without control characters, and without white space at its ends; born valid.
///
/// ```
/// use palisade_jwt::login::Text;
///
/// assert!("pro".parse::<Text<64>>().is_ok());
/// assert!("".parse::<Text<64>>().is_err() && "a\n".parse::<Text<64>>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Box<str>);

/// The name of a set of permissions.
pub type RoleName = Text<64>;
/// The name of a profile of limits.
pub type PlanName = Text<64>;

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let valid = (1..=MAX).contains(&text.len())
            && text.trim().len() == text.len()
            && !text.chars().any(char::is_control);
        if valid { Ok(Self(text.into())) } else { Err(InvalidText { max: MAX }) }
    }
}

impl<const MAX: usize> Borrow<str> for Text<MAX> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The text is empty, too long, or holds what may not stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("1 to {max} bytes of text without control characters, and without white space at its ends")]
pub struct InvalidText {
    max: usize,
}

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
