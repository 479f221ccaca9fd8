//! Values that must not be seen.

use constant_time_eq::constant_time_eq_32;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Bytes that are never printed, and are wiped from memory when dropped.
///
/// It has no `Display`, no `Serialize` and no `==`. Reading is the verb [`expose`](Self::expose), which can be searched for.
///
/// ```
/// use palisade_core::Secret;
///
/// let secret = Secret::new("correct horse battery staple");
/// assert_eq!(format!("{secret:?}"), "[REDACTED]");
/// assert!(secret.matches(b"correct horse battery staple"));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes themselves, for the place that must have them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether `other` holds the same bytes, in time that depends on neither side's content.
    #[must_use]
    pub fn matches(&self, other: &[u8]) -> bool {
        CredentialDigest::of(&self.0).matches(&CredentialDigest::of(other))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The SHA-256 of a credential of at least 128 bits: enough to recognise it, useless to whoever steals it.
///
/// Hashing both sides first hides their length and makes the comparison constant in time.
///
/// ```
/// use palisade_core::CredentialDigest;
///
/// let digest = CredentialDigest::of(b"token");
/// assert_eq!(CredentialDigest::from_hex(&digest.to_hex()), Some(digest));
/// ```
#[derive(Clone, Copy)]
pub struct CredentialDigest([u8; 32]);

impl CredentialDigest {
    /// The digest of a presented credential.
    #[must_use]
    #[inline]
    pub fn of(credential: &[u8]) -> Self {
        Self(Sha256::digest(credential).into())
    }

    /// The digest whose bytes these are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// 64 lower-case hexadecimal digits, for storing.
    #[must_use]
    pub fn to_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// Constant-time equality.
    #[must_use]
    #[inline]
    pub fn matches(&self, other: &Self) -> bool {
        constant_time_eq_32(&self.0, &other.0)
    }
}

impl PartialEq for CredentialDigest {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other)
    }
}

impl Eq for CredentialDigest {}

impl fmt::Debug for CredentialDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a053_debug_shows_nothing() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret:?} {:?}", CredentialDigest::of(b"canary")), "[REDACTED] [REDACTED]");
    }

    #[test]
    fn digests_round_trip_and_reject_other_lengths() {
        let digest = CredentialDigest::of(b"x");
        assert_eq!(CredentialDigest::from_hex(&digest.to_hex()), Some(digest));
        assert!(CredentialDigest::from_hex("00ff").is_none());
        assert!(CredentialDigest::from_hex(&"zz".repeat(32)).is_none());
    }
}
