//! The TOML file.

use super::mistake::Mistake;
use palisade::{CredentialDigest, Scope, StaticToken};
use serde::Deserialize;
use std::path::PathBuf;

/// What may stand in the file; unknown keys are mistakes, because a misspelt one would silently not count.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) listen: Option<String>,
    pub(super) auth: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) issuer_networks: Option<Vec<String>>,
    pub(super) issuer_ca: Option<PathBuf>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    #[serde(default)]
    pub(super) tokens: Vec<Token>,
}

/// One token: its name, what it may do, and where its value is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    name: String,
    scopes: Vec<String>,
    file: Option<PathBuf>,
    env: Option<String>,
    sha256: Option<String>,
}

impl ConfigFile {
    /// Reads the text of a file that is called `name` in messages.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, Mistake> {
        toml::from_str(text).map_err(|fault: toml::de::Error| {
            let before = fault.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Mistake::new(format!("{name}:{line}"), fault.message())
        })
    }
}

impl Token {
    /// The declaration that the library understands.
    pub(super) fn declared(&self, place: &str) -> Result<StaticToken, Mistake> {
        let mistake = |what: &str| Mistake::new(place, what);
        let scopes = self.scopes.iter().map(|scope| scope.parse::<Scope>()).collect::<Result<Vec<_>, _>>();
        let scopes = scopes.map_err(|fault| Mistake::new(format!("{place}.scopes"), fault))?;
        let token = StaticToken::named(self.name.as_str()).scopes(scopes);
        match (&self.file, &self.env, &self.sha256) {
            (Some(path), None, None) => Ok(token.file(path)),
            (None, Some(variable), None) => Ok(token.env(variable.as_str())),
            (None, None, Some(hex)) => CredentialDigest::from_hex(hex)
                .map(|digest| token.digest(digest))
                .ok_or_else(|| mistake("sha256 is not 64 hexadecimal digits")),
            _ => Err(mistake("give exactly one of file, env and sha256")),
        }
    }
}
