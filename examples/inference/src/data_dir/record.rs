//! What is kept of a token.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{permissions, rfc3339};

/// The name of the token that `--new-token` replaces.
pub const ADMINISTRATOR: &str = "administrator";

/// What is kept of a token: never the token, only its digest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRecord {
    /// Unique; what the log calls whoever presents the token.
    pub name: String,
    /// SHA-256 of the whole token.
    pub sha256: TokenDigest,
    /// The permissions it carries.
    pub scopes: Vec<String>,
    /// When it was made, as RFC 3339 text.
    pub created: String,
    /// From when it is no longer accepted, as RFC 3339 text; absent for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl TokenRecord {
    pub(super) fn administrator(sha256: TokenDigest, created: &str) -> Result<Self, InvalidRecord> {
        let record = Self {
            name: ADMINISTRATOR.to_owned(),
            sha256,
            scopes: permissions::ALL.map(str::to_owned).to_vec(),
            created: created.to_owned(),
            expires: None,
        };
        record.check().map(|()| record)
    }

    /// From when the token is no longer accepted, in seconds since the epoch; `None` for never.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        // A text that is no time was refused when the file was read; should one get here, it has expired.
        self.expires.as_deref().map(|text| rfc3339::parse(text).unwrap_or(0))
    }

    pub(super) fn check(&self) -> Result<(), InvalidRecord> {
        let name = &self.name;
        if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidRecord::Name);
        }
        if !self.scopes.iter().all(|scope| permissions::ALL.contains(&scope.as_str())) {
            return Err(InvalidRecord::Scope { name: name.clone() });
        }
        let mut times = [Some(&self.created), self.expires.as_ref()].into_iter().flatten();
        if times.any(|time| rfc3339::parse(time).is_none()) {
            return Err(InvalidRecord::Time { name: name.clone() });
        }
        Ok(())
    }
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidRecord {
    /// The name is empty, longer than 64 bytes, or not printable ASCII without blanks.
    #[error("a name must be 1 to 64 printable ASCII characters without blanks")]
    Name,
    /// A scope is not one of the eleven permissions.
    #[error("token {name} has a scope that is not one of: {}", permissions::ALL.join(" "))]
    Scope {
        /// The token's name.
        name: String,
    },
    /// `created` or `expires` is not RFC 3339 text.
    #[error("token {name} has a time that is not RFC 3339, like 2025-01-15T00:00:00Z")]
    Time {
        /// The token's name.
        name: String,
    },
}

/// A SHA-256 digest; 64 lower-case hexadecimal digits in a file.
///
/// A token has 256 random bits, so a plain digest cannot be turned round by guessing. Compare in constant time.
#[derive(Clone, Copy)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDigest({}…)", HEXLOWER.encode(&self.0[..4]))
    }
}

impl Serialize for TokenDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for TokenDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        // The text is not repeated: somebody may have written a token there by mistake.
        bytes.map(Self).ok_or_else(|| de::Error::custom("sha256 must be 64 lower-case hexadecimal digits"))
    }
}
