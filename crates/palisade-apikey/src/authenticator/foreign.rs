//! Keys that another system made.

use crate::{id::KeyId, store::StoreError};
use palisade_core::Reply;
use std::fmt;

/// Knows the keys of another system, so that their owners need no new ones at once.
///
/// Import a record for each key with a [`ForeignDigest`](crate::ForeignDigest) of what the other system kept, under the id that
/// [`locate`](Self::locate) gives for it ([`KeyId::of_foreign`] makes ids). The first time such a key is used and
/// holds, its record gets a digest of our own, if the key has at least 128 bits by a careful estimate; a weaker one
/// stays with its verifier, and [`KeyEvent::Weak`](palisade_core::KeyEvent::Weak) is told.
///
/// Such keys have no keyed checksum, so made-up ones cost a look-up; a cache bounds that.
pub trait ForeignVerifier: fmt::Debug + Send + Sync + 'static {
    /// The name under which digests of this system are kept.
    fn scheme(&self) -> &str;

    /// Whether this was meant to be a key of that system, by shape alone, and under which id it is kept then.
    /// `presented` has at most 256 bytes of printable ASCII. Pure and cheap: anybody may present anything.
    fn locate(&self, presented: &[u8]) -> Option<KeyId>;

    /// Whether the key is the one of which `kept` was kept, compared in constant time. What takes more than some tens
    /// of microseconds (a slow hash) belongs in [`Reply::later`], on a bounded pool.
    ///
    /// # Errors
    ///
    /// Where it cannot be told, which is 503.
    fn verify(&self, presented: &[u8], kept: &str) -> Reply<Result<bool, StoreError>>;
}
