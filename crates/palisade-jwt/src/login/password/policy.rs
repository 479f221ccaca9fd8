//! Which passwords may be chosen.

use super::{common::is_common, presented::Password};
use crate::login::name::CanonicalName;

/// Which passwords users may choose (NIST SP 800-63B §3.1.1): long ones that nobody tries first. Nothing is said of kinds of characters, and
/// nothing has to be changed from time to time.
///
/// ```
/// use palisade_jwt::login::{Password, PasswordPolicy, WeakPassword};
///
/// let policy = PasswordPolicy::new();
/// let weak = |text: &str| policy.check(&Password::new(text).unwrap(), &"ada".into()).err();
/// assert_eq!(weak("too short"), Some(WeakPassword::TooShort { min: 15 }));
/// assert_eq!(weak("passwordpassword"), Some(WeakPassword::Common));
/// assert_eq!(weak("correct horse battery staple"), None);
/// ```
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    min: usize,
    words: Vec<Box<str>>,
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPassword {
    /// It is too short.
    #[error("the password is too short: at least {min} characters, any")]
    TooShort {
        /// How many characters it must have.
        min: usize,
    },
    /// It is one that everybody tries first, or hardly more: repeated, counted up, with digits around it.
    #[error("the password is one of those that are tried first")]
    Common,
    /// It is hardly more than the user's name, or another word that everybody here knows.
    #[error("the password is hardly more than the name of the user or of the service")]
    ContainsName,
}

impl WeakPassword {
    /// One word for machines.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "password_too_short",
            Self::Common => "password_common",
            Self::ContainsName => "password_contains_name",
        }
    }
}

/// Nobody may choose less, whatever was configured.
const FLOOR: usize = 8;
/// A name must be this long before it counts inside of a password.
const NAME: usize = 3;

impl PasswordPolicy {
    /// At least 15 characters.
    #[must_use]
    pub const fn new() -> Self {
        Self { min: 15, words: Vec::new() }
    }

    /// At least so many characters, 8 or more: fewer than 15 only where there is a second factor.
    #[must_use]
    pub fn min_chars(mut self, min: usize) -> Self {
        self.min = min.clamp(FLOOR, Password::MAX_LEN);
        self
    }

    /// Words that everybody here knows: names of the service, of the company, of the product. At most 64.
    #[must_use]
    pub fn context_words<S: AsRef<str>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        let words = words.into_iter().map(|word| fold(word.as_ref()).into_boxed_str());
        self.words = words.filter(|word| word.chars().count() >= NAME).take(64).collect();
        self
    }

    /// Whether this user may choose it.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check(&self, password: &Password, name: &CanonicalName) -> Result<(), WeakPassword> {
        if password.chars() < self.min {
            return Err(WeakPassword::TooShort { min: self.min });
        }
        let text = String::from_utf8_lossy(password.expose());
        let text = fold(&text);
        if is_common(&text) {
            return Err(WeakPassword::Common);
        }
        // The part before the at sign is what people repeat.
        let local = name.as_str().split('@').next().unwrap_or_default();
        let words = self.words.iter().map(|word| &**word).chain([name.as_str(), local]);
        for word in words.filter(|word| word.chars().count() >= NAME) {
            if text.contains(word) && text.replace(word, "").chars().count() < FLOOR {
                return Err(WeakPassword::ContainsName);
            }
        }
        Ok(())
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// For comparing with words alone; what is kept is what was typed.
fn fold(text: &str) -> String {
    CanonicalName::of(text).as_str().to_owned()
}
