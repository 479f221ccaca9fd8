//! Names of users, and the one spelling that counts.

use std::{fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization as _;

/// The one spelling of a name that counts: NFKC, without case, without white space around it, without signs that do not show.
///
/// `Admin`, `admin ` and `ＡＤＭＩＮ` have one, so there is one account, and one counter of failed attempts. Made of any text, before anything
/// about the text is judged. Letters of different scripts that look alike stay different.
///
/// ```
/// use palisade_jwt::login::CanonicalName;
///
/// for name in ["Admin", " admin\n", "ＡＤＭＩＮ", "ad\u{200b}min"] {
///     assert_eq!(CanonicalName::of(name).as_str(), "admin");
/// }
/// assert_eq!(CanonicalName::of("Straße＠x"), CanonicalName::of("STRASSE@X"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalName(Box<str>);

/// Folding may make something that folds again; three rounds were never needed.
const ROUNDS: usize = 4;

impl CanonicalName {
    /// The spelling that counts, of any text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut name = text.to_owned();
        for _ in 0..ROUNDS {
            let next = fold(&name);
            if next == name {
                break;
            }
            name = next;
        }
        Self(name.into())
    }

    /// The spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Upper case first, because some letters meet only there (`ß`, `ſ`, `ς`).
fn fold(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .filter(|sign| !is_invisible(*sign))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    folded.trim().to_owned()
}

/// Signs that do not show where they stand: the ignorable ones of Unicode's `Default_Ignorable_Code_Point`.
fn is_invisible(sign: char) -> bool {
    matches!(
        sign,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

impl From<&str> for CanonicalName {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

impl fmt::Display for CanonicalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user's name as it is shown, and the spelling that counts.
///
/// ```
/// use palisade_jwt::login::UserName;
///
/// let name: UserName = "Ada".parse()?;
/// assert_eq!((name.as_str(), name.canonical().as_str()), ("Ada", "ada"));
/// assert!("ada lovelace".parse::<UserName>().is_err());
/// # Ok::<(), palisade_jwt::login::InvalidUserName>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UserName {
    shown: Box<str>,
    canonical: CanonicalName,
}

impl UserName {
    /// The longest name, in bytes, in either spelling.
    pub const MAX_LEN: usize = 128;

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The spelling that counts.
    #[must_use]
    pub const fn canonical(&self) -> &CanonicalName {
        &self.canonical
    }
}

impl FromStr for UserName {
    type Err = InvalidUserName;

    fn from_str(text: &str) -> Result<Self, InvalidUserName> {
        // Before anything is folded, because folding can make it eighteen times as long.
        if text.len() > 2 * Self::MAX_LEN {
            return Err(InvalidUserName(()));
        }
        let canonical = CanonicalName::of(text);
        let shown = text.trim();
        let fits = |text: &str| (1..=Self::MAX_LEN).contains(&text.len());
        let plain = |sign: char| !sign.is_control() && !sign.is_whitespace() && !is_invisible(sign);
        let valid = fits(shown) && fits(canonical.as_str());
        if valid && shown.chars().all(plain) && canonical.as_str().chars().all(plain) {
            Ok(Self { shown: shown.into(), canonical })
        } else {
            Err(InvalidUserName(()))
        }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown, f)
    }
}

/// The text is no name of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a user name has 1 to 128 bytes, no white space, and no signs that do not show")]
pub struct InvalidUserName(());

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(CanonicalName::of(text).as_str(), expected, "{text:?}");
    }

    #[test]
    fn a170_spellings_of_one_name_are_one() {
        for text in ["Admin", "admin ", "\tADMIN\u{a0}", "ＡＤＭＩＮ", "ad\u{ad}min", "\u{202e}admin"] {
            check(text, "admin");
        }
        check("admin＠x", "admin@x");
        check("ΌΣΟΣ", CanonicalName::of("όσος").as_str());
        check("ﬁn", "fin");
        // What looks alike in another script is another name.
        assert_ne!(CanonicalName::of("аdmin"), CanonicalName::of("admin"));
    }

    #[test]
    fn names_that_are_none() {
        for text in
            ["", " ", "a b", "a\0b", "a\u{200b}b", "\u{200b}", "a\nb", &"x".repeat(129), &"ﷺ".repeat(40)]
        {
            assert!(text.parse::<UserName>().is_err(), "{text:?}");
        }
        for text in ["a", "ada@example.com", "Ådä-9_.+", &"x".repeat(128)] {
            assert!(text.parse::<UserName>().is_ok(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_spelling_of_a_spelling_is_itself(text in "\\PC{0,12}") {
            let once = CanonicalName::of(&text);
            prop_assert_eq!(CanonicalName::of(once.as_str()), once);
        }

        #[test]
        fn case_does_not_count(text in "\\PC{0,12}") {
            prop_assert_eq!(CanonicalName::of(&text.to_uppercase()), CanonicalName::of(&text.to_lowercase()));
        }
    }
}
