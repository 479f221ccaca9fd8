//! Words of bounded length.

use crate::secret::CredentialDigest;
use std::{borrow::Borrow, fmt, str::FromStr};

/// 1 to `MAX` bytes of text without control characters, and without white space at its ends; cheap to compare, born valid.
///
/// ```
/// use palisade_core::Text;
///
/// let name: Text<64> = "nightly build".parse().unwrap();
/// assert_eq!(name.as_str(), "nightly build");
/// for bad in ["", " a", "a\n", "a\0b", &"x".repeat(65)] {
///     assert!(bad.parse::<Text<64>>().is_err());
/// }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Box<str>);

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As much of `text` as can stand in one, with everything else left out; for texts that others chose and nobody can mend.
    #[must_use]
    pub fn lossy(text: &str) -> Self {
        let mut kept = String::new();
        for sign in text.chars().filter(|sign| !sign.is_control()) {
            if kept.len() + sign.len_utf8() > MAX {
                break;
            }
            kept.push(sign);
        }
        let kept = kept.trim();
        Self(if kept.is_empty() { "unknown".into() } else { kept.into() })
    }

    /// The text, or as much of it as can stand in one and a digest of the whole: whoever is told from others by it stays apart.
    #[must_use]
    pub fn distinct(text: &str) -> Self {
        if let Ok(same) = text.parse() {
            return same;
        }
        let digest = CredentialDigest::of(text.as_bytes()).to_hex();
        let tail = format!("~{}", digest.get(..32).unwrap_or(&digest));
        let mut kept = String::from(Self::lossy(text));
        while kept.len() + tail.len() > MAX && kept.pop().is_some() {}
        Self((kept + &tail).into())
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0.into()
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let valid = !text.is_empty()
            && text.len() <= MAX
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_stay_different() {
        let long = "é".repeat(200);
        let texts =
            ["acme", "acme ", "ac\nme", "", " ", "unknown", &long, &format!("{long}x"), &format!(" {long}")];
        let kept: Vec<Text<128>> = texts.iter().map(|text| Text::distinct(text)).collect();
        assert_eq!(kept[0].as_str(), "acme");
        assert!(kept[1].as_str().starts_with("acme~") && kept[3].as_str().starts_with("unknown~"));
        for (at, text) in kept.iter().enumerate() {
            assert_eq!(text.as_str().parse::<Text<128>>().unwrap(), *text);
            assert!(!kept[..at].contains(text), "{text}");
        }
    }
}
