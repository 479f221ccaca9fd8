//! What is kept of a key.

use crate::entropy;
use hmac::{Hmac, KeyInit as _, Mac as _};
use palisade_core::{CredentialDigest, Secret};
use sha2::Sha256;
use std::{fmt, str::FromStr};

/// The digest of a key, and under which pepper it was made; written `v1$` or `sha256$` and 64 hexadecimal digits.
///
/// One fast hash, and not a slow one as for passwords: a key has 256 bits of randomness, so nobody can try them all, whoever
/// holds the digests. A slow hash a request would only help those who want to keep the service busy.
///
/// ```
/// use palisade_apikey::{KeyDigest, Peppers};
///
/// let digest = Peppers::none().digest(b"acme_live_4kQ9x");
/// assert_eq!(digest.to_string().parse::<KeyDigest>().unwrap(), digest);
/// assert_eq!(format!("{digest:?}"), "KeyDigest(sha256)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyDigest {
    /// 0 where there is no pepper.
    version: u16,
    bytes: CredentialDigest,
}

impl KeyDigest {
    /// Under which pepper it was made; `None` for plain SHA-256.
    #[must_use]
    pub const fn pepper(&self) -> Option<u16> {
        if self.version == 0 { None } else { Some(self.version) }
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pepper() {
            None => write!(f, "sha256${}", self.bytes.to_hex()),
            Some(version) => write!(f, "v{version}${}", self.bytes.to_hex()),
        }
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pepper() {
            None => f.write_str("KeyDigest(sha256)"),
            Some(version) => write!(f, "KeyDigest(v{version})"),
        }
    }
}

impl FromStr for KeyDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let (scheme, hex) = text.split_once('$').ok_or(InvalidDigest(()))?;
        let version = match scheme {
            "sha256" => 0,
            _ => scheme.strip_prefix('v').and_then(pepper_version).ok_or(InvalidDigest(()))?,
        };
        let bytes = CredentialDigest::from_hex(hex).ok_or(InvalidDigest(()))?;
        Ok(Self { version, bytes })
    }
}

/// A number from 1 on, written in one way only.
fn pepper_version(text: &str) -> Option<u16> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The text is no digest.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a digest is `sha256$` or `v` and the number of a pepper and `$`, then 64 hexadecimal digits")]
pub struct InvalidDigest(());

/// Secrets of the service that go into digests, each with a version; whoever steals the store without them can check no guess.
///
/// Several are valid at once, so that a pepper can be replaced: the newest makes digests, and a key that is used with
/// an older one is kept under the newest from then on. Without any, digests are plain SHA-256.
#[derive(Clone)]
pub struct Peppers {
    /// Newest first.
    macs: Vec<(u16, Hmac<Sha256>)>,
}

const MAX_PEPPERS: usize = 8;
const MIN_PEPPER: usize = 32;

/// What a presented key and a kept digest have to do with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is the key.
    Same,
    /// It is the key, and its digest should be made anew under the newest pepper.
    SameUnderOlderPepper,
    /// It is another key.
    Different,
    /// The digest was made under a pepper that is not here: it cannot be told.
    PepperMissing,
}

impl Peppers {
    /// No pepper: SHA-256.
    #[must_use]
    pub const fn none() -> Self {
        Self { macs: Vec::new() }
    }

    /// One pepper of at least 32 bytes; versions begin at 1.
    ///
    /// # Errors
    ///
    /// Where it is too short, or its version 0.
    pub fn new(version: u16, pepper: &Secret) -> Result<Self, PepperError> {
        Self::none().and(version, pepper)
    }

    /// Adds a pepper; the one with the highest version makes new digests.
    ///
    /// # Errors
    ///
    /// Where it is too short, its version is 0 or taken, or it would be the ninth.
    pub fn and(mut self, version: u16, pepper: &Secret) -> Result<Self, PepperError> {
        if version == 0 || self.macs.iter().any(|(taken, _)| *taken == version) {
            return Err(PepperError::Version);
        }
        if self.macs.len() >= MAX_PEPPERS {
            return Err(PepperError::TooMany);
        }
        if pepper.expose().len() < MIN_PEPPER {
            return Err(PepperError::Short);
        }
        let mac = Hmac::<Sha256>::new_from_slice(pepper.expose()).map_err(|_| PepperError::Short)?;
        self.macs.push((version, mac));
        self.macs.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        Ok(self)
    }

    /// The digest to keep of a key that this crate minted.
    #[must_use]
    pub fn digest(&self, key: &[u8]) -> KeyDigest {
        match self.macs.first() {
            Some((version, mac)) => KeyDigest { version: *version, bytes: keyed(mac, key) },
            None => KeyDigest { version: 0, bytes: CredentialDigest::of(key) },
        }
    }

    /// The digest to keep of a key that somebody else made.
    ///
    /// # Errors
    ///
    /// Where it can be guessed: below 128 bits by a careful estimate. Such a key needs a slow hash at each use, which a
    /// [`ForeignVerifier`](crate::ForeignVerifier) of yours can do.
    pub fn digest_foreign(&self, key: &[u8]) -> Result<KeyDigest, WeakKey> {
        let bits = entropy::bits(key);
        if bits < entropy::ENOUGH { Err(WeakKey { bits }) } else { Ok(self.digest(key)) }
    }

    /// Compares a presented key with a kept digest, in time that depends on the presented key's length alone.
    #[must_use]
    pub fn compare(&self, presented: &[u8], kept: &KeyDigest) -> Comparison {
        let mac = self.macs.iter().find(|(version, _)| *version == kept.version);
        let bytes = match mac {
            Some((_, mac)) => keyed(mac, presented),
            None => CredentialDigest::of(presented),
        };
        if mac.is_none() && kept.version != 0 {
            return Comparison::PepperMissing;
        }
        match (bytes.matches(&kept.bytes), self.newest() == kept.version) {
            (true, true) => Comparison::Same,
            (true, false) => Comparison::SameUnderOlderPepper,
            (false, _) => Comparison::Different,
        }
    }

    fn newest(&self) -> u16 {
        self.macs.first().map_or(0, |(version, _)| *version)
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<_> = self.macs.iter().map(|(version, _)| version).collect();
        f.debug_struct("Peppers").field("versions", &versions).finish_non_exhaustive()
    }
}

fn keyed(mac: &Hmac<Sha256>, key: &[u8]) -> CredentialDigest {
    CredentialDigest::from_bytes(mac.clone().chain_update(key).finalize().into_bytes().into())
}

/// Why peppers cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PepperError {
    /// Below 32 bytes.
    #[error("a pepper has at least 32 bytes")]
    Short,
    /// The version is 0, or taken.
    #[error("the version of a pepper is a number from 1 on that no other pepper has")]
    Version,
    /// More than eight.
    #[error("at most {MAX_PEPPERS} peppers are valid at once; drop the oldest")]
    TooMany,
}

/// A key that can be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key has about {bits} bits of randomness, and a fast hash protects from {} on", entropy::ENOUGH)]
pub struct WeakKey {
    bits: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(byte: u8) -> Secret {
        Secret::new([byte; 32])
    }

    #[test]
    fn digests_are_kept_as_text_and_read_strictly() {
        let peppers = Peppers::new(7, &pepper(1)).unwrap();
        let digest = peppers.digest(b"key");
        assert!(digest.to_string().starts_with("v7$"));
        assert_eq!(digest.to_string().parse::<KeyDigest>().unwrap(), digest);
        let hex = "0".repeat(64);
        for text in ["", "sha256", "v0$", "v01$", "v+1$", "v65536$", "md5$", "v$", "V1$"] {
            assert!(format!("{text}{hex}").parse::<KeyDigest>().is_err(), "{text}");
        }
        assert!("v1$abc".parse::<KeyDigest>().is_err());
    }

    #[test]
    fn peppers_rotate() {
        let old = Peppers::new(1, &pepper(1)).unwrap();
        let both = old.clone().and(2, &pepper(2)).unwrap();
        let new = Peppers::new(2, &pepper(2)).unwrap();
        let kept = old.digest(b"key");
        for (peppers, presented, expected) in [
            (&old, b"key", Comparison::Same),
            (&both, b"key", Comparison::SameUnderOlderPepper),
            (&both, b"kez", Comparison::Different),
            (&new, b"key", Comparison::PepperMissing),
        ] {
            assert_eq!(peppers.compare(presented, &kept), expected);
        }
        assert_eq!(both.digest(b"key").pepper(), Some(2));
        let plain = Peppers::none().digest(b"key");
        assert_eq!(both.compare(b"key", &plain), Comparison::SameUnderOlderPepper);
    }

    #[test]
    fn mistakes_with_peppers() {
        let one = Peppers::new(1, &pepper(1)).unwrap();
        assert_eq!(one.clone().and(1, &pepper(2)).unwrap_err(), PepperError::Version);
        assert_eq!(one.clone().and(0, &pepper(2)).unwrap_err(), PepperError::Version);
        assert_eq!(one.and(2, &Secret::new("short")).unwrap_err(), PepperError::Short);
        let eight = (1..=8).try_fold(Peppers::none(), |peppers, n| peppers.and(n, &pepper(3))).unwrap();
        assert_eq!(eight.and(9, &pepper(3)).unwrap_err(), PepperError::TooMany);
    }

    #[test]
    fn weak_foreign_keys_get_no_fast_digest() {
        let peppers = Peppers::none();
        assert!(peppers.digest_foreign(b"hunter2").is_err());
        assert!(peppers.digest_foreign(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").is_err());
        assert!(peppers.digest_foreign(b"123456789012345678901234567890").is_err());
        assert!(peppers.digest_foreign(b"sk_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c").is_ok());
    }

    #[test]
    fn a053_debug_shows_no_pepper_and_no_digest() {
        let peppers = Peppers::new(1, &pepper(b'c')).unwrap();
        let shown = format!("{peppers:?} {:?}", peppers.digest(b"canary"));
        assert_eq!(shown, "Peppers { versions: [1], .. } KeyDigest(v1)");
    }
}
