//! What a caller may do, and what an operation demands.

use std::{borrow::Cow, fmt, ops, str::FromStr, sync::Arc};

/// One permission, as a word: 1 to 128 bytes of the scope alphabet of RFC 6749 §3.3 (`%x21 / %x23-5B / %x5D-7E`).
///
/// Compared exactly, case included; there are no wildcards in it.
///
/// ```
/// use palisade_core::Scope;
///
/// const READ_MODELS: Scope = Scope::from_static("read_models");
/// assert_eq!("read_models".parse::<Scope>().unwrap(), READ_MODELS);
/// assert!("read models".parse::<Scope>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Cow<'static, str>);

impl Scope {
    /// A scope known when the program is written; in a `const` a bad word does not compile.
    ///
    /// # Panics
    ///
    /// Outside a `const`, when the word is not a scope.
    #[must_use]
    pub const fn from_static(word: &'static str) -> Self {
        assert!(is_scope(word.as_bytes()), "a scope is 1 to 128 bytes of %x21 / %x23-5B / %x5D-7E");
        Self(Cow::Borrowed(word))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(word: &str) -> Result<Self, InvalidScope> {
        if is_scope(word.as_bytes()) { Ok(Self(Cow::Owned(word.to_owned()))) } else { Err(InvalidScope(())) }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The word is empty, too long, or holds a space, a quote, a backslash, a control character or something outside ASCII.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a scope is 1 to 128 printable ASCII characters without space, quote or backslash")]
pub struct InvalidScope(());

pub(crate) const fn is_scope(word: &[u8]) -> bool {
    if word.is_empty() || word.len() > 128 {
        return false;
    }
    let mut at = 0;
    while at < word.len() {
        if !matches!(word[at], 0x21 | 0x23..=0x5b | 0x5d..=0x7e) {
            return false;
        }
        at += 1;
    }
    true
}

/// The permissions of a principal; cheap to clone.
///
/// ```
/// use palisade_core::{Scope, ScopeSet};
///
/// let set: ScopeSet = "read write read".parse().unwrap();
/// assert_eq!(set.to_string(), "read write");
/// assert!(set.contains(&Scope::from_static("read")));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ScopeSet(Arc<[Scope]>);

impl ScopeSet {
    /// No permissions at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// These permissions, free or declared with [`permissions!`](crate::permissions).
    #[must_use]
    pub fn of<S: Into<Scope>>(scopes: impl IntoIterator<Item = S>) -> Self {
        scopes.into_iter().map(Into::into).collect()
    }

    /// Whether the set holds exactly this word.
    #[must_use]
    #[inline]
    pub fn contains(&self, scope: &Scope) -> bool {
        // Most sets are short; and a constant that stands in both is one word in one place, told by its address.
        let same = |held: &Scope| std::ptr::eq(held.as_str(), scope.as_str()) || held == scope;
        if self.0.len() <= 16 { self.0.iter().any(same) } else { self.0.binary_search(scope).is_ok() }
    }

    /// The words, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// How many words the set holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut sorted: Vec<Scope> = scopes.into_iter().collect();
        sorted.sort();
        sorted.dedup();
        Self(sorted.into())
    }
}

impl FromStr for ScopeSet {
    type Err = InvalidScope;

    fn from_str(words: &str) -> Result<Self, InvalidScope> {
        words.split(' ').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter()).finish()
    }
}

/// What an operation demands of its caller: scopes joined by `&` and `|`.
///
/// ```
/// use palisade_core::{Requirement, Scope, ScopeSet};
///
/// const RUN: Scope = Scope::from_static("run");
/// const STREAM: Scope = Scope::from_static("stream");
/// let both: Requirement = RUN & STREAM;
/// assert_eq!(both.to_string(), "run & stream");
/// assert!(!both.is_met_by(&[RUN].into_iter().collect()));
/// assert!((RUN | STREAM).is_met_by(&[RUN].into_iter().collect()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// This scope.
    Scope(Scope),
    /// Every part.
    All(Vec<Self>),
    /// At least one part; the first is what a refusal tells the caller to ask for.
    Any(Vec<Self>),
}

impl Requirement {
    /// Whether a caller with these scopes meets it; `Any` of nothing is met by nobody.
    #[must_use]
    #[inline]
    pub fn is_met_by(&self, held: &ScopeSet) -> bool {
        match self {
            Self::Scope(scope) => held.contains(scope),
            Self::All(parts) => parts.iter().all(|part| part.is_met_by(held)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met_by(held)),
        }
    }

    /// The scopes to ask for so that the operation works, all in one go (RFC 6750 §3.1).
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.into_iter().collect()
    }

    fn collect(&self, found: &mut Vec<Scope>) {
        match self {
            Self::Scope(scope) => found.push(scope.clone()),
            Self::All(parts) => parts.iter().for_each(|part| part.collect(found)),
            Self::Any(parts) => {
                if let Some(first) = parts.first() {
                    first.collect(found);
                }
            }
        }
    }

    fn write_joined(parts: &[Self], sign: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                write!(f, " {sign} ")?;
            }
            match part {
                Self::Scope(scope) => write!(f, "{scope}")?,
                Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(scope) => write!(f, "{scope}"),
            Self::All(parts) => Self::write_joined(parts, "&", f),
            Self::Any(parts) => Self::write_joined(parts, "|", f),
        }
    }
}

impl From<Scope> for Requirement {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

impl<R: Into<Self>> ops::BitAnd<R> for Requirement {
    type Output = Self;

    fn bitand(self, other: R) -> Self {
        match (self, other.into()) {
            (Self::All(mut parts), other) => {
                parts.push(other);
                Self::All(parts)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }
}

impl<R: Into<Self>> ops::BitOr<R> for Requirement {
    type Output = Self;

    fn bitor(self, other: R) -> Self {
        match (self, other.into()) {
            (Self::Any(mut parts), other) => {
                parts.push(other);
                Self::Any(parts)
            }
            (one, other) => Self::Any(vec![one, other]),
        }
    }
}

impl<R: Into<Requirement>> ops::BitAnd<R> for Scope {
    type Output = Requirement;

    fn bitand(self, other: R) -> Requirement {
        Requirement::from(self) & other
    }
}

impl<R: Into<Requirement>> ops::BitOr<R> for Scope {
    type Output = Requirement;

    fn bitor(self, other: R) -> Requirement {
        Requirement::from(self) | other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(required: &Requirement, held: &str, expected: bool) {
        assert_eq!(required.is_met_by(&held.parse().unwrap()), expected, "{required} with {held:?}");
    }

    #[test]
    fn requirements() {
        let [a, b, c] = ["a", "b", "c"].map(Scope::from_static);
        check(&a.clone().into(), "a", true);
        check(&a.clone().into(), "aa xa", false);
        check(&(a.clone() & b.clone()), "a", false);
        check(&(a.clone() & b.clone()), "b a", true);
        let nested = a & (b | c);
        assert_eq!(nested.to_string(), "a & (b | c)");
        assert_eq!(nested.scopes().to_string(), "a b");
        check(&nested, "a c", true);
        check(&nested, "b c", false);
        check(&Requirement::Any(vec![]), "a", false);
    }

    #[test]
    fn words_that_are_not_scopes() {
        for word in ["", "a b", "a\"b", "a\\b", "ä", "a\n", &"x".repeat(129)] {
            assert!(word.parse::<Scope>().is_err(), "{word:?}");
        }
    }
}
