//! Keys of one issuer.

use crate::{algorithm::Algorithm, verifying_key::VerifyingKey};
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// No set has more keys.
pub const MAX_KEYS: usize = 100;

/// The keys of one issuer at one time; never changed, replaced as a whole.
///
/// All are public keys, or all are shared secrets: where both stood together, a public key could be taken for a secret
/// (RFC 8725 §3.1).
///
/// ```
/// use palisade_core::Secret;
/// use palisade_jwt::{Algorithm, KeySet, VerifyingKey};
///
/// let secret = Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1");
/// let keys = KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, &secret)?])?;
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeySet {
    keys: Box<[VerifyingKey]>,
    generation: u64,
}

/// Why keys cannot stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Nothing could ever be verified.
    #[error("a key set needs at least one key")]
    Empty,
    /// More than [`MAX_KEYS`].
    #[error("a key set has at most {MAX_KEYS} keys")]
    TooMany,
    /// Shared secrets and public keys together.
    #[error("shared secrets and public keys cannot be in one key set; make two verifiers")]
    MixedKinds,
    /// Two keys have one id, so a token could not say which one it means.
    #[error("two keys of the set have the same id; each needs its own")]
    DuplicateKeyId,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl KeySet {
    /// Puts keys together.
    ///
    /// # Errors
    ///
    /// No key or more than [`MAX_KEYS`], secrets beside public keys, an id that two keys have.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, KeySetError> {
        let keys: Vec<_> = keys.into_iter().take(MAX_KEYS + 1).collect();
        let Some(first) = keys.first() else { return Err(KeySetError::Empty) };
        if keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        let symmetric = first.algorithm().is_symmetric();
        if keys.iter().any(|key| key.algorithm().is_symmetric() != symmetric) {
            return Err(KeySetError::MixedKinds);
        }
        let mut ids: Vec<&str> = keys.iter().filter_map(VerifyingKey::id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(KeySetError::DuplicateKeyId);
        }
        Ok(Self::of(keys))
    }

    /// Keys that are known to stand together, or none.
    pub(crate) fn of(keys: Vec<VerifyingKey>) -> Self {
        Self { keys: keys.into(), generation: NEXT.fetch_add(1, Relaxed) }
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none, which only a published set can come to.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A number that no other set in this process has: what was verified under another generation is to be verified again.
    #[must_use]
    #[inline]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The key with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&VerifyingKey> {
        self.keys.iter().find(|key| key.id() == Some(id))
    }

    /// The keys of this algorithm.
    pub fn of_algorithm(&self, algorithm: Algorithm) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.iter().filter(move |key| key.algorithm() == algorithm)
    }
}

/// The same keys in the same order, whatever their generation.
impl PartialEq for KeySet {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl Eq for KeySet {}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("generation", &self.generation).field("keys", &self.keys).finish()
    }
}
