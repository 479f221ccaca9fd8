//! What is wrong with a declaration.

use crate::scope::Scope;
use std::fmt;

/// One mistake in a declaration of permissions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PermissionsError {
    /// More than can be declared.
    #[error("more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there can be.
        most: usize,
    },
    /// The name was declared before.
    #[error("`{0}` is declared twice")]
    DeclaredTwice(Scope),
    /// A name has an asterisk in it.
    #[error("`{0}` is no name: declare what has a `*` with `wildcard`")]
    StarInName(Scope),
    /// A word is used that was not declared.
    #[error("`{word}`, which {user} has, is not declared")]
    Undeclared {
        /// The word.
        word: Scope,
        /// Where it stands.
        user: String,
    },
    /// The words imply each other; the last one implies the first.
    #[error("permissions imply each other in a circle: {}", circle(.0))]
    Circle(Vec<Scope>),
    /// A wildcard is no scope that ends in its only asterisk.
    #[error("`{}` is no wildcard: it is a beginning of names and then `*`", shown(.0))]
    NotAWildcard(String),
    /// No name begins like that.
    #[error("`{0}` covers no declared name")]
    CoversNothing(Scope),
    /// The name of a role is empty, longer than 64 bytes, or holds control characters or white space at an end.
    #[error("`{}` is no name of a role: 1 to 64 bytes without control characters, and without white space at an end", shown(.0))]
    RoleName(String),
    /// The role was declared before.
    #[error("the role `{0}` is declared twice")]
    RoleTwice(String),
}

fn circle(words: &[Scope]) -> String {
    let words: Vec<&str> = words.iter().chain(words.first()).map(Scope::as_str).collect();
    words.join(" → ")
}

/// What can be shown of a text that is wrong.
fn shown(text: &str) -> String {
    text.chars().take(64).flat_map(char::escape_debug).collect()
}

/// Every mistake in a declaration of permissions, up to 64.
#[derive(Clone, PartialEq, Eq)]
pub struct PermissionsErrors(pub(super) Vec<PermissionsError>);

impl PermissionsErrors {
    /// The mistakes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &PermissionsError> {
        self.0.iter()
    }
}

impl fmt::Display for PermissionsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns the error prints.
impl fmt::Debug for PermissionsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PermissionsErrors {}
