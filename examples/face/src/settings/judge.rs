//! Whether what is written can be used.

use super::written::Written;
use crate::permissions;
use palisade::{
    StaticToken, TrustedProxies,
    config::{Mistake, Mistakes, TokenSettings},
};
use std::{env, fmt, path::PathBuf};

/// The environment variable that holds a token that may do everything.
pub const TOKEN_VARIABLE: &str = "FACE_TOKEN";

/// Whoever looks at settings, and what is wrong with them.
pub(super) struct Judge<'m>(pub(super) &'m mut Mistakes);

impl Judge<'_> {
    pub(super) fn wrong(&mut self, path: &str, what: impl fmt::Display) {
        self.0.push(Mistake::new(path, what));
    }

    pub(super) fn parsed<T>(&mut self, path: &str, text: Option<&String>) -> Option<T>
    where
        T: std::str::FromStr<Err: fmt::Display>,
    {
        text?.parse().map_err(|fault| self.wrong(path, fault)).ok()
    }

    /// A file that is named, where one is.
    pub(super) fn file(&mut self, path: &str, named: Option<&PathBuf>) -> Option<PathBuf> {
        let named = named?;
        if named.to_string_lossy().trim().is_empty() {
            self.wrong(path, "names no file");
            return None;
        }
        Some(named.clone())
    }

    pub(super) fn proxies(&mut self, networks: Option<&Vec<String>>) -> Option<TrustedProxies> {
        let networks = networks?;
        if networks.is_empty() {
            self.wrong("trusted_proxies", "the list is empty; leave it out to trust nobody");
            return None;
        }
        TrustedProxies::parse(networks).map_err(|fault| self.wrong("trusted_proxies", fault)).ok()
    }

    pub(super) fn tokens(&mut self, written: &Written) -> Vec<StaticToken> {
        let mut tokens = Vec::new();
        if let Some(path) = self.file("token_file", written.token_file.as_ref()) {
            tokens.push(StaticToken::named("token-file").file(path).scopes(permissions::ALL));
        }
        if env::var_os(TOKEN_VARIABLE).is_some() {
            tokens.push(StaticToken::named(TOKEN_VARIABLE).env(TOKEN_VARIABLE).scopes(permissions::ALL));
        }
        for (at, token) in written.tokens.iter().enumerate() {
            tokens.extend(self.token(&format!("tokens[{at}]"), token));
        }
        tokens
    }

    fn token(&mut self, path: &str, token: &TokenSettings) -> Option<StaticToken> {
        let declared = token.declared().map_err(|faults| {
            for fault in faults.iter() {
                let inside = Some(fault.path()).filter(|inside| !inside.is_empty());
                let path = inside.map_or_else(|| path.to_owned(), |inside| format!("{path}.{inside}"));
                self.wrong(&path, fault.what());
            }
        });
        declared.ok()
    }
}
