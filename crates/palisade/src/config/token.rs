//! A token that is declared among settings.

use super::{
    mistake::{Mistake, Mistakes},
    schema::TokenSettings,
};
use palisade_core::{CredentialDigest, Scope, StaticToken};
use std::collections::BTreeSet;

/// A principal has no more scopes.
const MOST_SCOPES: usize = 256;

impl TokenSettings {
    /// The declaration that the library understands; its value is not read yet.
    ///
    /// # Errors
    ///
    /// What is wrong with it, by its own names: `name`, `scopes[2]`, `sha256`.
    pub fn declared(&self) -> Result<StaticToken, Mistakes> {
        let mut mistakes = Mistakes::new();
        if self.name.trim().is_empty() {
            mistakes.push(Mistake::new("name", "give the token a name, by which its bearer is known"));
        } else if self.name.trim().len() != self.name.len() {
            mistakes.push(Mistake::new("name", "has white space around it"));
        }
        let scopes = scopes("scopes", &self.scopes, &mut mistakes);
        let token = StaticToken::named(self.name.as_str()).scopes(scopes);
        let token = if self.dangerous_weak { token.dangerous_allow_weak_token() } else { token };
        let token = match (&self.file, &self.env, &self.sha256, &self.value) {
            (Some(path), None, None, None) => Some(token.file(path)),
            (None, Some(variable), None, None) => Some(token.env(variable.as_str())),
            (None, None, None, Some(value)) => Some(token.value(value.secret().expose())),
            (None, None, Some(hex), None) => match CredentialDigest::from_hex(hex) {
                Some(digest) => Some(token.digest(digest)),
                None => {
                    mistakes.push(Mistake::new("sha256", "write 64 hexadecimal digits"));
                    None
                }
            },
            _ => {
                mistakes
                    .push(Mistake::new("", "give exactly one of `file`, `env`, `sha256` and `value_file`"));
                None
            }
        };
        match token {
            Some(token) if mistakes.is_empty() => Ok(token),
            Some(_) | None => Err(mistakes),
        }
    }
}

/// The scopes that these words are; what is wrong with them is told.
pub(super) fn scopes(path: &str, words: &[String], mistakes: &mut Mistakes) -> Vec<Scope> {
    if words.len() > MOST_SCOPES {
        mistakes.push(Mistake::new(path, format!("there are more than {MOST_SCOPES}")));
        return Vec::new();
    }
    let (mut seen, mut scopes) = (BTreeSet::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        let path = || format!("{path}[{at}]");
        match word.parse::<Scope>() {
            Err(fault) => mistakes.push(Mistake::new(path(), fault)),
            Ok(_) if !seen.insert(word) => mistakes.push(Mistake::new(path(), "stands there twice")),
            Ok(scope) => scopes.push(scope),
        }
    }
    scopes
}
