//! The public name of a key.

use crate::{
    alphabet,
    random::{RandomError, RandomSource},
};
use palisade_core::CredentialDigest;
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// The part of a key that is no secret: 12 characters of `0-9 A-Z a-z`, by which its record is found.
///
/// ```
/// use palisade_apikey::KeyId;
///
/// let id: KeyId = "4kQ9xZ0aBcDe".parse().unwrap();
/// assert_eq!(id.as_str(), "4kQ9xZ0aBcDe");
/// assert!("4kQ9xZ0aBcD".parse::<KeyId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; 12]);

impl KeyId {
    /// How many characters an id has.
    pub const LEN: usize = 12;

    /// A random id.
    ///
    /// # Errors
    ///
    /// Where the source gives no randomness.
    pub fn random(source: &dyn RandomSource) -> Result<Self, RandomError> {
        let mut id = [0; Self::LEN];
        alphabet::draw(source, &mut id)?;
        Ok(Self(id))
    }

    /// The id under which a key of another system is kept: made of a digest of the key, so that whoever presents the key finds
    /// it. The digest may be the one that the other system kept, or SHA-256 of the key.
    #[must_use]
    pub fn of_foreign(digest: &[u8]) -> Self {
        let name = [b"palisade foreign key\0".as_slice(), digest].concat();
        let hash = CredentialDigest::of(&name).to_hex();
        let mut id = [0; Self::LEN];
        let (front, back) = id.split_at_mut(6);
        for (part, hex) in [front, back].into_iter().zip([hash.get(..16), hash.get(16..32)]) {
            // Of 64 bits, less than one in a hundred million favours any id.
            alphabet::write(hex.and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or_default(), part);
        }
        Self(id)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if !alphabet::is_base62(bytes) {
            return None;
        }
        Some(Self(bytes.try_into().ok()?))
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Its bytes, for keys of maps and columns.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// All ids have one length, so it needs no hashing.
impl Hash for KeyId {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        Self::from_bytes(text.as_bytes()).ok_or(InvalidKeyId(()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no id.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the id of a key is 12 characters of 0-9, A-Z and a-z")]
pub struct InvalidKeyId(());
