//! How a presented key is recognised.

use crate::{digest::KeyDigest, text::Text};
use std::{fmt, str::FromStr};

/// How a presented key is recognised.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// By the digest of a key with at least 128 bits.
    Digest(KeyDigest),
    /// By what another system kept of it, until it is used the next time.
    Foreign(ForeignDigest),
}

impl From<KeyDigest> for Proof {
    fn from(digest: KeyDigest) -> Self {
        Self::Digest(digest)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Foreign(foreign) => foreign.fmt(f),
        }
    }
}

/// What another system kept of a key, at most 1,024 bytes, and the name of the verifier that can read it; `Debug`
/// shows only the name.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignDigest {
    scheme: Text<64>,
    kept: Text<1024>,
}

impl ForeignDigest {
    /// What `scheme` kept.
    #[must_use]
    pub const fn new(scheme: Text<64>, kept: Text<1024>) -> Self {
        Self { scheme, kept }
    }

    /// Who can read it.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.scheme.as_str()
    }

    /// What was kept, for the verifier.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.kept.as_str()
    }
}

impl fmt::Debug for ForeignDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ForeignDigest({})", self.scheme)
    }
}

/// As stores keep it: a digest's own text, or `foreign$`, the scheme, `$`, and what was kept.
impl Proof {
    /// The text that a store keeps.
    #[must_use]
    pub fn to_stored(&self) -> String {
        match self {
            Self::Digest(digest) => digest.to_string(),
            Self::Foreign(foreign) => format!("foreign${}${}", foreign.scheme, foreign.kept),
        }
    }
}

impl FromStr for Proof {
    type Err = InvalidProof;

    fn from_str(text: &str) -> Result<Self, InvalidProof> {
        let Some(foreign) = text.strip_prefix("foreign$") else {
            return text.parse().map(Self::Digest).map_err(|_| InvalidProof(()));
        };
        let (scheme, kept) = foreign.split_once('$').ok_or(InvalidProof(()))?;
        match (scheme.parse(), kept.parse()) {
            (Ok(scheme), Ok(kept)) => Ok(Self::Foreign(ForeignDigest { scheme, kept })),
            _ => Err(InvalidProof(())),
        }
    }
}

/// The text is no proof.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a proof is a digest, or `foreign$`, a scheme, `$` and what was kept")]
pub struct InvalidProof(());
