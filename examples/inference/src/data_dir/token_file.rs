//! The format of `tokens.json`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::record::{ADMINISTRATOR, InvalidRecord, TokenRecord};

const VERSION: u64 = 1;

/// The tokens the server accepts: names are unique, scopes and times are valid.
#[derive(Clone, Debug, Default)]
pub struct TokenFile {
    tokens: Vec<TokenRecord>,
}

impl TokenFile {
    /// Reads version 1: `{"version":1,"tokens":[…]}`.
    ///
    /// # Errors
    ///
    /// [`InvalidFile`], of which the version is checked first: another version may have other fields.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidFile> {
        let Version { version } = serde_json::from_slice(json)?;
        if version != VERSION {
            return Err(InvalidFile::Version { found: version });
        }
        let Format { tokens, .. } = serde_json::from_slice(json)?;
        for (at, token) in tokens.iter().enumerate() {
            token.check()?;
            if tokens[..at].iter().any(|earlier| earlier.name == token.name) {
                return Err(InvalidFile::Repeated { name: token.name.clone() });
            }
        }
        Ok(Self { tokens })
    }

    /// All tokens, in the order of the file.
    #[must_use]
    pub fn tokens(&self) -> &[TokenRecord] {
        &self.tokens
    }

    /// The token that `--new-token` replaces.
    #[must_use]
    pub fn administrator(&self) -> Option<&TokenRecord> {
        self.tokens.iter().find(|token| token.name == ADMINISTRATOR)
    }

    /// Puts `record` in the place of the token of the same name, or at the end.
    pub(super) fn replace(&mut self, record: TokenRecord) {
        match self.tokens.iter_mut().find(|token| token.name == record.name) {
            Some(old) => *old = record,
            None => self.tokens.push(record),
        }
    }

    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        let mut json = serde_json::to_string_pretty(&Borrowed { version: VERSION, tokens: &self.tokens })?;
        json.push('\n');
        Ok(json)
    }
}

/// What is wrong with a token file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidFile {
    /// The version is not one this program reads.
    #[error("has version {found}, and this program reads version {VERSION}")]
    Version {
        /// The version it has.
        found: u64,
    },
    /// It is not JSON of the expected form.
    #[error("does not parse ({0})")]
    Syntax(#[from] serde_json::Error),
    /// A record is out of bounds.
    #[error("is not valid ({0})")]
    Record(#[from] InvalidRecord),
    /// Two tokens have the same name.
    #[error("is not valid (two tokens are called {name})")]
    Repeated {
        /// The name.
        name: String,
    },
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    #[serde(rename = "version")]
    _version: u64,
    tokens: Vec<TokenRecord>,
}

#[derive(Serialize)]
struct Borrowed<'a> {
    version: u64,
    tokens: &'a [TokenRecord],
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::TokenFile;

    fn record(name: &str) -> Value {
        json!({"name": name, "sha256": "ab".repeat(32), "scopes": ["read_models"], "created": "2025-01-15T00:00:00Z"})
    }

    fn with(field: &str, value: Value) -> Value {
        let mut record = record("ci");
        record[field] = value;
        json!({"version": 1, "tokens": [record]})
    }

    #[test]
    fn refuses_what_it_does_not_understand_and_says_why() {
        let check = |file: &Value, expected: &str| {
            let error = TokenFile::parse(file.to_string().as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{file}: {error}");
        };
        check(
            &json!({"version": 2, "tokens": "elsewhere"}),
            "has version 2, and this program reads version 1",
        );
        check(&json!({"tokens": []}), "missing field `version`");
        check(&json!({"version": 1}), "missing field `tokens`");
        check(&json!({"version": 1, "tokens": [], "extra": 0}), "unknown field `extra`");
        check(&json!([]), "does not parse");
        check(
            &json!({"version": 1, "tokens": [record("a"), record("b"), record("a")]}),
            "two tokens are called a",
        );
        check(&with("name", json!("")), "a name must be 1 to 64");
        check(&with("name", json!("two words")), "a name must be 1 to 64");
        check(&with("name", json!("x".repeat(65))), "a name must be 1 to 64");
        check(&with("scopes", json!(["read_models", "root"])), "token ci has a scope that is not one of");
        check(&with("created", json!("yesterday")), "token ci has a time that is not RFC 3339");
        check(&with("expires", json!("never")), "token ci has a time that is not RFC 3339");
        check(&with("expire", json!("2025-01-15T00:00:00Z")), "unknown field `expire`");
        check(&with("sha256", json!("AB".repeat(32))), "64 lower-case hexadecimal digits");
        check(&with("sha256", json!("ab".repeat(31))), "64 lower-case hexadecimal digits");
    }

    #[test]
    fn a_token_written_where_its_digest_belongs_is_not_repeated() {
        let file = with("sha256", json!("inference_secret")).to_string();
        let error = TokenFile::parse(file.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let text = with("expires", json!("2025-02-01T00:00:00Z")).to_string();
        let file = TokenFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file.tokens()[0].expires_at(), Some(1_738_368_000));
        let again: Value = serde_json::from_str(&file.to_json().unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(&text).unwrap());
    }
}
